/** A cord from one jack to another. */
export function BrandMark({ size = 28 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="brand-mark">
      <rect width="32" height="32" rx="8" fill="#0b5d57" />
      <path d="M9.5 9.5C9.5 24 22.5 8 22.5 22.5" fill="none" stroke="#e9b44c" strokeWidth="3" strokeLinecap="round" />
      <circle cx="9.5" cy="9.5" r="3.6" fill="#0b5d57" stroke="#fff" strokeWidth="2.4" />
      <circle cx="22.5" cy="22.5" r="3.6" fill="#0b5d57" stroke="#fff" strokeWidth="2.4" />
      <circle cx="22.5" cy="9.5" r="2" fill="#fff" opacity="0.45" />
      <circle cx="9.5" cy="22.5" r="2" fill="#fff" opacity="0.45" />
    </svg>
  );
}
