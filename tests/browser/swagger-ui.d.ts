/** The options that start.js uses: https://github.com/swagger-api/swagger-ui/blob/master/docs/usage/configuration.md */
declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  export default function SwaggerUI(options: {
    domNode: HTMLElement;
    url: string;
    deepLinking: boolean;
    defaultModelsExpandDepth: number;
    filter: boolean;
    showExtensions: boolean;
    plugins: { fn?: Record<string, Function>; wrapComponents?: Record<string, Function> }[];
    requestInterceptor: (request: any) => Promise<any>;
    validatorUrl: string | null;
  }): unknown;
}
