/** Two jacks joined by a cord. */
export function BrandMark({ size = 28 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="brand-mark">
      <rect width="32" height="32" rx="8" fill="#0b5d57" />
      <circle cx="9" cy="10" r="3.5" fill="none" stroke="#fff" strokeWidth="2.2" />
      <circle cx="23" cy="10" r="3.5" fill="none" stroke="#fff" strokeWidth="2.2" />
      <path d="M9 13.5c0 13 14 13 14 0" fill="none" stroke="#e9b44c" strokeWidth="2.6" strokeLinecap="round" />
    </svg>
  );
}
