/**
 * Posts a file to the address from the API, as a form for S3.
 *
 * @param {{url: string, fields: Record<string, string>}} form
 * @param {Blob} file
 * @param {AbortSignal} signal
 * @returns {Promise<void>} rejects where S3 did not accept it, without an ApiError
 */
export async function upload({ url, fields }, file, signal) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  // S3 reads nothing that comes after the file.
  form.append("file", file);
  const response = await fetch(url, { method: "POST", body: form, signal }).catch((cause) => {
    // Not an ApiError, whose text would be that there is no network.
    throw new Error("the upload was not answered", { cause });
  });
  if (!response.ok) throw new Error(`the upload was answered with ${response.status}`);
}
