// The form of a new screening: the field of the region completes names.
import { completeNames } from "./names.js";

completeNames(document.querySelector("form[enctype]"));
