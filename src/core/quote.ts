/** Text that somebody wrote, quoted and cut: it may be of any length. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
