// Clinics by their names, one after the other.
import { useClinicName } from '../../parts/clinic-name.ts';

export function ClinicNames({ clinics }: { clinics: readonly number[] }) {
  const clinicName = useClinicName();
  return clinics.map((clinic, place) => (
    <span key={clinic}>
      {place === 0 ? null : ', '}
      <bdi>{clinicName(clinic)}</bdi>
    </span>
  ));
}
