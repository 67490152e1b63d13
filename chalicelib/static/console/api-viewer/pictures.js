/**
 * A plugin of Swagger UI (https://github.com/swagger-api/swagger-ui/blob/master/docs/customization/add-plugin.md): an
 * answer that is a picture is a link to download it. Swagger UI itself shows it at a `blob:` address, which the policy of
 * the pages forbids.
 */
export const pictures = {
  wrapComponents: {
    /**
     * @param {unknown} Original
     * @param {{React: {createElement: Function}}} system
     */
    responseBody: (Original, { React }) =>
      function ResponseBody(/** @type {{content: unknown}} */ props) {
        const { content } = props;
        if (!(content instanceof Blob) || !content.type.startsWith("image/"))
          return React.createElement(Original, props);
        const download = `answer.${content.type.slice("image/".length)}`;
        return React.createElement("a", { href: URL.createObjectURL(content), download }, `Download ${download}`);
      },
  },
};
