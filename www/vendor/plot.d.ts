/** The parts of Observable Plot that are used; see its own documentation. */
export type Mark = object;
export function plot(options: Record<string, unknown>): SVGSVGElement;
export function line(data: object[], options: Record<string, unknown>): Mark;
export function dot(data: object[], options: Record<string, unknown>): Mark;
export function link(data: object[], options: Record<string, unknown>): Mark;
export function ruleX(data: object[], options: Record<string, unknown>): Mark;
export function ruleY(data: object[], options: Record<string, unknown>): Mark;
