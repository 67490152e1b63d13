/**
 * Posts a file to the address that the API has given, as a form of S3's.
 *
 * @param {{url: string, fields: Record<string, string>}} form
 * @param {Blob} file
 * @param {AbortSignal} signal
 * @returns {Promise<void>} rejects where it was not taken; what S3 says is no answer of the API's
 */
export async function upload({ url, fields }, file, signal) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  // S3 reads nothing that comes after the file.
  form.append("file", file);
  const response = await fetch(url, { method: "POST", body: form, signal }).catch((cause) => {
    // Not the words of the API's own client, which would say that there is no network.
    throw new Error("the upload was not answered", { cause });
  });
  if (!response.ok) throw new Error(`the upload was answered with ${response.status}`);
}
