// The login page of a network that many wrong passwords came from: the browser finds the answer while somebody types.

import { solved } from "./proof.js";

const form = document.querySelector("[data-proves]");

if (window.crypto?.subtle) {
  form.querySelector("[data-sum]").hidden = true;
  const answer = solved(JSON.parse(document.getElementById("login-challenge").textContent));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.elements.proof.value = await answer;
    form.submit();
  });
}
