/** Styles are imported by the modules that draw with them; the build puts them into files of their own. */
declare module "*.css";
