/**
 * Every word that the element shows or speaks.
 *
 * @typedef {object} Strings
 * @property {string} label name of the text for screen readers
 * @property {string} placeholder what an empty text says
 * @property {string} genres name of the list for screen readers
 * @property {string} question what stands in place of an answer
 * @property {(genre: string) => string} unclear no genre reached its threshold; the closest one
 * @property {(share: string) => string} loading how much of the models has come
 * @property {string} retry on the button that loads again
 * @property {(genre: string) => string} towards what paint for the genre means
 * @property {string} away what paint against it means
 * @property {(words: number) => string} read how many words were read
 * @property {(characters: number) => string} unread how many characters were left out
 * @property {string} keywordsOnly while DistilBERT has not answered
 * @property {string} chosen of a genre, to screen readers
 * @property {(share: string) => string} threshold of a genre, to screen readers
 * @property {(share: string) => string} keywords what the keyword model alone says, to screen readers
 * @property {Record<string, string>} names of genres; those that are missing keep their own
 * @property {Record<string, string>} errors sentences by code; others keep their own
 */

/** @type {Strings} */
const en = {
  label: "The plot",
  placeholder: "Paste or type what happens in a film.",
  genres: "Genres, the most probable first; choose one to see which words speak for it",
  question: "What kind of story is this?",
  unclear: (genre) => `Nothing clear; closest is ${genre}`,
  loading: (share) => `Loading the models: ${share}.`,
  retry: "Retry",
  towards: (genre) => `pushes towards ${genre}`,
  away: "away from it",
  read: (words) => (words === 1 ? "1 word read" : `${words} words read`),
  unread: (characters) => `the last ${characters} characters were not read`,
  keywordsOnly: "This is the keyword model’s answer alone.",
  chosen: "chosen",
  threshold: (share) => `threshold ${share}`,
  keywords: (share) => `keyword model ${share}`,
  names: {},
  errors: {},
};

/** @type {Strings} */
const de = {
  label: "Die Handlung",
  placeholder: "Hier eine englische Filmhandlung einfügen oder eintippen.",
  genres:
    "Genres, das wahrscheinlichste zuerst; eines wählen, um zu sehen, welche Wörter dafür sprechen",
  question: "Was für eine Geschichte ist das?",
  unclear: (genre) => `Nichts Eindeutiges; am nächsten liegt ${genre}`,
  loading: (share) => `Die Modelle werden geladen: ${share}.`,
  retry: "Noch einmal",
  towards: (genre) => `spricht für ${genre}`,
  away: "dagegen",
  read: (words) => (words === 1 ? "1 Wort gelesen" : `${words} Wörter gelesen`),
  unread: (characters) => `die letzten ${characters} Zeichen wurden nicht gelesen`,
  keywordsOnly: "Das ist die Antwort des Stichwortmodells allein.",
  chosen: "gewählt",
  threshold: (share) => `Schwelle ${share}`,
  keywords: (share) => `Stichwortmodell ${share}`,
  names: {
    Action: "Action",
    Adventure: "Abenteuer",
    Animation: "Animation",
    Biography: "Biografie",
    Comedy: "Komödie",
    Crime: "Krimi",
    Drama: "Drama",
    Family: "Familie",
    Fantasy: "Fantasy",
    "Film-Noir": "Film noir",
    History: "Historie",
    Horror: "Horror",
    Music: "Musik",
    Musical: "Musical",
    Mystery: "Mystery",
    Romance: "Romanze",
    "Sci-Fi": "Science-Fiction",
    Sport: "Sport",
    Thriller: "Thriller",
    War: "Krieg",
    Western: "Western",
  },
  errors: {
    "text-empty": "Hier steht noch kein Text.",
    "text-too-short": "Das ist zu wenig zum Lesen; ein paar Wörter mehr, bitte.",
    "text-no-words": "Hier stehen keine Wörter.",
    "text-unreadable": "Die Modelle lesen nur Englisch in lateinischer Schrift.",
    network: "Das Laden brach ab. Bitte die Verbindung prüfen und noch einmal versuchen.",
    "http-status":
      "Der Server gab eine nötige Datei nicht heraus. Bitte später noch einmal versuchen.",
    "worker-lost":
      "Das Lesen brach unerwartet ab. Der Text ist noch da; bitte noch einmal versuchen.",
  },
};

/** @type {Strings} */
const es = {
  label: "El argumento",
  placeholder: "Pega o escribe aquí el argumento de una película, en inglés.",
  genres: "Géneros, el más probable primero; elige uno para ver qué palabras hablan por él",
  question: "¿Qué tipo de historia es?",
  unclear: (genre) => `Nada claro; lo más cercano es ${genre}`,
  loading: (share) => `Cargando los modelos: ${share}.`,
  retry: "Reintentar",
  towards: (genre) => `habla por ${genre}`,
  away: "en contra",
  read: (words) => (words === 1 ? "1 palabra leída" : `${words} palabras leídas`),
  unread: (characters) => `los últimos ${characters} caracteres no se leyeron`,
  keywordsOnly: "Es la respuesta del modelo de palabras clave solo.",
  chosen: "elegido",
  threshold: (share) => `umbral ${share}`,
  keywords: (share) => `modelo de palabras clave ${share}`,
  names: {
    Action: "Acción",
    Adventure: "Aventura",
    Animation: "Animación",
    Biography: "Biografía",
    Comedy: "Comedia",
    Crime: "Crimen",
    Drama: "Drama",
    Family: "Familiar",
    Fantasy: "Fantasía",
    "Film-Noir": "Cine negro",
    History: "Historia",
    Horror: "Terror",
    Music: "Música",
    Musical: "Musical",
    Mystery: "Misterio",
    Romance: "Romance",
    "Sci-Fi": "Ciencia ficción",
    Sport: "Deporte",
    Thriller: "Suspense",
    War: "Bélico",
    Western: "Wéstern",
  },
  errors: {
    "text-empty": "Aquí todavía no hay texto.",
    "text-too-short": "Es muy poco para leer; añade unas palabras.",
    "text-no-words": "Aquí no hay palabras.",
    "text-unreadable": "Los modelos solo leen inglés en escritura latina.",
    network: "La descarga se interrumpió. Revisa la conexión y vuelve a intentarlo.",
    "http-status": "El servidor no entregó un archivo necesario. Vuelve a intentarlo más tarde.",
    "worker-lost":
      "La lectura se detuvo de forma inesperada. El texto sigue aquí; vuelve a intentarlo.",
  },
};

/** The languages that the element speaks, by their BCP 47 codes. */
export const LANGUAGES = Object.freeze({ en, de, es });

/**
 * @param {string} tag a BCP 47 tag such as “de-AT”
 * @returns {{ code: string, strings: Strings }} English where the language is not known
 */
export function stringsFor(tag) {
  const code = tag.toLowerCase().split("-")[0] ?? "";
  const known = /** @type {Record<string, Strings>} */ (LANGUAGES)[code];
  return known === undefined ? { code: "en", strings: en } : { code, strings: known };
}
