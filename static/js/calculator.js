// The calculator works without this: here its model and its region are completed.

import { completeNames } from "./names.js";

completeNames(document.querySelector("form.entry"));
