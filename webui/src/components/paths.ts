/*
 * What icons draw, in a square of 24 by 24.
 */
export const CHECK = 'm5 13 4 4L19 7';
export const GLOBE = 'M12 3a9 9 0 1 0 .1 0M4 9h16M4 15h16M12 3q-8 9 0 18 8-9 0-18';
export const EYE = 'M2 12q10-15 20 0-10 15-20 0M12 10a2 2 0 1 0 .1 0';
export const EYE_SHUT = `${EYE}M4 4l16 16`;
export const WAVES = 'M12 19h0M9 16q3-3 6 0M5 12q7-6 14 0M2 8q10-8 20 0';
