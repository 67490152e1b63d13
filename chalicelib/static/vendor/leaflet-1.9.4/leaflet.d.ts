/** Leaflet's own types would be one more package to install, for a dozen calls in one file. */
declare const leaflet: any;
export default leaflet;
