// Sends the forms that do something with a conversation (data-act) without leaving the page.
// Events "done" and "failed", with the server's sentence where it says what is wrong.

export class Actions extends EventTarget {
  constructor(root) {
    super();
    root.addEventListener("submit", (event) => this.#submitted(event));
  }

  async rename(id, title, token) {
    const body = new FormData();
    body.set("title", title);
    body.set("csrfmiddlewaretoken", token);
    await this.#send("rename", `/chat/${id}/rename/`, body);
  }

  #submitted(event) {
    const form = event.target.closest("form[data-act]");
    if (!form) return;
    event.preventDefault();
    this.#send(form.dataset.act, form.action, new FormData(form, event.submitter), form);
  }

  async #send(act, address, body, form = null) {
    let sentence;
    try {
      const headers = { Accept: "application/json" };
      const response = await fetch(address, { method: "POST", headers, body });
      if (response.redirected) return location.reload();
      const { conversation, error } = await response.json();
      sentence = error?.message;
      if (!response.ok) throw new Error(`${response.status}`);
      this.dispatchEvent(new CustomEvent("done", { detail: { act, conversation, form } }));
    } catch {
      this.dispatchEvent(new CustomEvent("failed", { detail: { sentence } }));
    }
  }
}
