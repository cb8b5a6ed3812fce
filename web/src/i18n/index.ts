import { en } from './en';
import { ko } from './ko';

export type Lang = 'en' | 'ko';

/** The shape of every catalogue: the English one with its literal texts widened. */
export type Catalogue = {
  [Section in keyof typeof en]: {
    [Key in keyof (typeof en)[Section]]: (typeof en)[Section][Key] extends (...args: infer Args) => string ? (...args: Args) => string : string;
  };
};

export const catalogues: Record<Lang, Catalogue> = { en, ko };
