import { useState } from "react";
import { createRoot } from "react-dom/client";

/** A plot, and the shelves that the film belongs on. */
function Shelves() {
  const [genres, setGenres] = useState([]);
  const [plot, setPlot] = useState("");
  return (
    <main>
      <h1>Which shelf?</h1>
      <plot-lens
        value={plot}
        onplotlens-result={({ detail }) =>
          setGenres(detail.answer.genres.filter(({ chosen }) => chosen).map(({ genre }) => genre))
        }
      ></plot-lens>
      <p>
        <button onClick={() => setPlot("A sheriff and his outlaws ride for the ranch.")}>
          An example
        </button>
      </p>
      <ul aria-label="Shelves">
        {genres.map((genre) => (
          <li key={genre}>{genre}</li>
        ))}
      </ul>
    </main>
  );
}

createRoot(document.getElementById("root")).render(<Shelves />);
