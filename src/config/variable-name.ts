import * as z from 'zod';

/** The name of an environment variable. */
export const variableName = z.string().regex(/^[A-Za-z_]\w*$/, 'not the name of an environment variable');
