// A form that is sent with what a passkey answers: data-passkey="create" makes one, "get" uses one.

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const make = form.dataset.passkey === "create";
  const read = make ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
  if (!window.PublicKeyCredential?.[read]) continue; // an old browser, or a page without HTTPS
  const publicKey = PublicKeyCredential[read](JSON.parse(document.getElementById("passkey-question").textContent));
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = form.querySelector("[role=alert]");
    said.hidden = true;
    try {
      const credential = await navigator.credentials[make ? "create" : "get"]({ publicKey });
      form.elements.credential.value = JSON.stringify(credential.toJSON());
    } catch {
      said.hidden = false; // somebody changed their mind, or the device has none
      return;
    }
    form.submit();
  });
}
