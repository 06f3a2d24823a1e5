// The editors' page. Each of its parts lives in a module of its own and works by the API.
import { adding } from "./editing/adding.js";
import { following } from "./editing/following.js";
import { listing } from "./editing/listing.js";

const articles = listing();
const feeds = following({ changed: articles.refresh });
adding({ changed: articles.refresh });
articles.refresh();
feeds.refresh();
