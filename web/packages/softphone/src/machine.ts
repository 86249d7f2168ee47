/** A state machine as a literal table: a pair that the table does not name changes nothing. */

export interface Transition<State, Effect> {
  readonly to: State;
  readonly effects: readonly Effect[];
}

type Row<State, Effect> = readonly [to: State, ...effects: Effect[]];

export type Table<State extends string, Input extends string, Effect extends string> = {
  readonly [S in State]: { readonly [I in Input]?: Row<State, Effect> };
};

export function step<State extends string, Input extends string, Effect extends string>(
  table: Table<State, Input, Effect>,
  state: State,
  input: Input,
): Transition<State, Effect> {
  const row: Row<State, Effect> = table[state][input] ?? [state];
  return { to: row[0], effects: row.slice(1) as Effect[] };
}
