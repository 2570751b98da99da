//! The command line as a user runs it.

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use support::{code, plotlens, run, scratch, stdout};

const PLOT: &str = "A sheriff, an outlaw and a stolen horse: a duel at noon on the frontier.";

/// A pipe whose reader has gone.
fn closed() -> std::io::PipeWriter {
    std::io::pipe().unwrap().1
}

#[test]
fn classify_names_genres_and_words() {
    let output = run(&["classify", PLOT]);
    assert!(output.status.success());
    assert!(stdout(&output).contains("* Western"), "{}", stdout(&output));
    assert!(stdout(&output).contains("sheriff +"));
}

#[test]
fn classify_reads_standard_input_and_prints_json_that_adds_up() {
    let mut child = plotlens(&["classify", "-", "--json", "--title", "High Noon"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(PLOT.as_bytes()).unwrap();
    let json: Value = serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
    let number = |value: &Value| value.as_f64().unwrap();
    for genre in json["genres"].as_array().unwrap() {
        let index = genre["index"].as_u64().unwrap() as usize;
        for (model, opinion) in [
            (json["model"].as_str().unwrap(), genre),
            ("blend", &genre["blend"]),
            ("distilbert", &genre["distilbert"]),
            ("keywords", &genre["keywords"]),
        ] {
            let parts = &json["explanations"][model];
            let words = json["words"].as_array().unwrap().iter();
            let logit = number(&parts["bias"][index])
                + number(&parts["title"][index])
                + number(&parts["other"][index])
                + words.map(|word| number(&word[model][index])).sum::<f64>();
            assert!((logit - number(&parts["logit"][index])).abs() < 1e-4);
            let probability = 1.0 / (1.0 + (-logit).exp());
            assert!((probability - number(&opinion["probability"])).abs() < 1e-4);
        }
    }
    let units: Vec<u16> = PLOT.encode_utf16().collect();
    let second = &json["words"][1];
    let [start, end] = ["start", "end"].map(|name| second[name].as_u64().unwrap() as usize);
    assert_eq!(String::from_utf16(&units[start..end]).unwrap(), "sheriff");
}

#[test]
fn bad_texts_have_a_sentence_and_a_code() {
    assert_eq!(code(&run(&["classify", ""])), "text-empty");
    assert_eq!(code(&run(&["classify", "🎬"])), "text-no-words");
    assert_eq!(code(&run(&["classify", "x"])), "text-too-short");
    assert_eq!(code(&run(&["classify", "Два друга идут на войну"])), "text-unreadable");
    assert_eq!(code(&run(&["classify", "a plot", "--model", "no/such/folder"])), "io");
}

const LABELLED: &str = concat!(
    "text,genres\n",
    "\"A sheriff hunts an outlaw, and a duel ends it.\",Western|Drama\n",
    "two,cells,more\n",
    "A ghost haunts the house of a young widow.,Horror\n",
    "A ghost haunts the house.,Spooky\n",
    "🎬,Horror\n",
);

#[test]
fn evaluate_measures_what_is_good_and_lists_what_is_not() {
    let file = scratch("labelled.csv", LABELLED);
    let report = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report.json");
    for predictor in ["distilbert", "keywords", "blend"] {
        let output = run(&[
            "evaluate",
            file.to_str().unwrap(),
            "--predictor",
            predictor,
            "--resamples",
            "20",
            "--json",
            report.to_str().unwrap(),
        ]);
        assert!(output.status.success(), "{output:?}");
        let json: Value = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
        assert_eq!(json["n"], 2);
        let skipped = json["rows_skipped"].as_array().unwrap();
        let lines: Vec<u64> = skipped.iter().map(|row| row["line"].as_u64().unwrap()).collect();
        assert_eq!(lines, [3, 5, 6]);
        assert_eq!(json["per_genre"].as_array().unwrap().len(), 21);
        assert_eq!(json["per_genre"][0]["genre"], "Action");
        assert!(json["at_least_one"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn all_predictors_at_once_say_what_each_says_alone() {
    let file = scratch("all.csv", LABELLED);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("all.json");
    let report = |predictor: &str| -> Value {
        let file = file.to_str().unwrap();
        let path_name = path.to_str().unwrap();
        let args = ["evaluate", file, "--predictor", predictor, "--json", path_name];
        assert!(run(&[&args[..], &["--resamples", "20"]].concat()).status.success());
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap()
    };
    let all = report("all");
    for predictor in ["distilbert", "keywords", "blend"] {
        let mut alone = report(predictor);
        // Each run tells the largest error of what it asked.
        alone["explanation_error"] = all[predictor]["explanation_error"].clone();
        assert_eq!(all[predictor], alone, "{predictor}");
    }
}

#[test]
fn evaluate_says_what_is_wrong_with_a_file() {
    let no_text = scratch("no_text.csv", "title,genres\nx,War\n");
    assert_eq!(code(&run(&["evaluate", no_text.to_str().unwrap()])), "file-invalid");
    assert_eq!(code(&run(&["evaluate", "no-such.csv"])), "io");
    let good = scratch("good.csv", LABELLED);
    let output = run(&["evaluate", good.to_str().unwrap(), "--skip-capped", "--sources", "none"]);
    assert_eq!(code(&output), "file-invalid");
}

#[test]
fn titles_are_read_where_the_file_has_them() {
    let rows = concat!(
        "{\"title\": \"Ghost of the Saloon\", \"text\": \"Two men meet.\", \"genres\": [\"Western\"]}\n",
        "{\"title\": 1917, \"text\": \"Two men meet.\", \"genres\": [\"War\"]}\n",
        "{\"title\": null, \"text\": \"Two men meet.\", \"genres\": [\"Drama\"]}\n",
    );
    let file = scratch("titles.jsonl", rows);
    let scores = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scores.jsonl");
    let probabilities = |more: &[&str]| -> Vec<Value> {
        let mut args = vec!["evaluate", file.to_str().unwrap(), "--resamples", "0"];
        args.extend(["--scores", scores.to_str().unwrap()]);
        args.extend(more);
        assert!(run(&args).status.success());
        let lines = std::fs::read_to_string(&scores).unwrap();
        lines
            .lines()
            .map(|l| serde_json::from_str::<Value>(l).unwrap()["probabilities"].clone())
            .collect()
    };
    let (with, without) = (probabilities(&[]), probabilities(&["--no-title"]));
    assert!(with[0] != with[2] && with[1] != with[2]);
    assert!(without.iter().all(|row| *row == with[2]));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_not_a_cut_report() {
    let file = scratch("full.csv", LABELLED);
    let output = run(&["evaluate", file.to_str().unwrap(), "--json", "/dev/full"]);
    assert_eq!(code(&output), "io");
    assert!(Path::new("/dev/full").exists());
    assert!(stdout(&output).starts_with("2 rows, 3 skipped"));
}

#[test]
fn outputs_that_cannot_be_are_refused_before_anything_is_read() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outputs");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("films.d")).unwrap();
    let input = scratch("outputs/films.csv", LABELLED);
    let name = |file: &str| folder.join(file).to_str().unwrap().to_string();
    let refused = |command: &str, outputs: &[&str]| {
        let args = [&[command, input.to_str().unwrap(), "--model", "no/such/folder"], outputs];
        let output = run(&args.concat());
        assert!(String::from_utf8_lossy(&output.stderr).contains(outputs.last().unwrap()));
        code(&output)
    };
    let (films, same) = (name("films.csv"), name("films.d/../films.csv"));
    let (new, again) = (name("new.json"), name("films.d/../new.json"));
    assert_eq!(refused("evaluate", &["--scores", &films]), "file-invalid");
    assert_eq!(refused("evaluate", &["--html", &same]), "file-invalid");
    assert_eq!(refused("evaluate", &["--scores", &new, "--json", &again]), "file-invalid");
    assert_eq!(refused("evaluate", &["--json", &name("none/new.json")]), "io");
    assert_eq!(refused("evaluate", &["--scores", &new, "--html", &name("films.d")]), "io");
    assert_eq!(refused("explain-eval", &["--json", &films]), "file-invalid");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&films, name("link.json")).unwrap();
        assert_eq!(refused("evaluate", &["--json", &name("link.json")]), "file-invalid");
        std::fs::remove_file(name("link.json")).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&input).unwrap(), LABELLED);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
}

#[test]
fn a_report_that_nobody_reads_keeps_no_file_from_being_written() {
    let file = scratch("unread.csv", LABELLED);
    let report = Path::new(env!("CARGO_TARGET_TMPDIR")).join("unread.json");
    let _ = std::fs::remove_file(&report);
    let args = ["evaluate", file.to_str().unwrap(), "--resamples", "0", "--json"];
    let output = plotlens(&[&args[..], &[report.to_str().unwrap()]].concat())
        .stdout(closed())
        .output()
        .unwrap();
    assert_eq!(code(&output), "io");
    assert!(report.exists());
}

#[test]
fn serve_says_where_and_a_taken_port_gets_one_sentence() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let output = run(&["serve", "www", "--port", &port]);
    assert_eq!(code(&output), "io");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.contains(&format!("Port {port} is taken")), "{stderr}");
}

/// A server of a folder, until it goes out of scope.
struct Served {
    child: Child,
    port: String,
}

impl Served {
    fn start(folder: &str) -> Self {
        let mut child =
            plotlens(&["serve", folder, "--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let port = address.trim().strip_prefix("http://localhost:").unwrap().to_string();
        Self { child, port }
    }

    /// Asks, and leaves the answer to be read.
    fn ask(&self, method: &str, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{}", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }

    fn answer(&self, method: &str, path: &str) -> String {
        let mut response = Vec::new();
        self.ask(method, path).read_to_end(&mut response).unwrap();
        String::from_utf8_lossy(&response).into_owned()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn serve_goes_on_while_others_read_slowly() {
    let served = Served::start("www");
    let mut stalled: Vec<_> =
        (0..12).map(|_| served.ask("GET", "/model/distilbert.onnx")).collect();
    // Each is being answered, with more than fits into what lies between.
    for stream in &mut stalled {
        stream.read_exact(&mut [0]).unwrap();
    }
    assert!(served.answer("GET", "/").contains("<title>PlotLens"));
}

/// As a browser opens them: at once, and each for as long as the server likes.
#[test]
fn serve_answers_connections_that_are_opened_at_once() {
    let served = Served::start("www");
    for _ in 0..20 {
        let mut opened: Vec<_> = (0..12)
            .map(|_| {
                let stream = TcpStream::connect(format!("127.0.0.1:{}", served.port)).unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                stream
            })
            .collect();
        for stream in &mut opened {
            stream.write_all(b"GET /sw.js HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        }
        for stream in &mut opened {
            let mut response = String::new();
            stream.read_to_string(&mut response).unwrap();
            assert!(response.starts_with("HTTP/1.1 200"), "{response}");
        }
    }
}

#[test]
fn serve_sends_a_folder_to_its_address_with_a_slash() {
    let served = Served::start("www");
    for method in ["GET", "HEAD"] {
        let moved = served.answer(method, "/docs?x=1").to_ascii_lowercase();
        assert!(moved.starts_with("http/1.1 301"), "{moved}");
        assert!(moved.contains("\r\nlocation: /docs/?x=1\r\n"), "{moved}");
        assert!(moved.ends_with("\r\n\r\n"), "{moved}");
        assert!(served.answer(method, "//docs").contains("ocation: /docs/\r\n"));
        assert!(served.answer(method, "/docs/").starts_with("HTTP/1.1 200"));
        // No page of it, so nowhere to go.
        assert!(served.answer(method, "/model").starts_with("HTTP/1.1 404"));
    }
}

#[test]
fn serve_sends_the_page_under_its_policy() {
    let served = Served::start("www");
    let page = served.answer("GET", "/");
    let script = served.answer("GET", "/plotlens.js?x=1");
    let outside = served.answer("GET", "/../Cargo.toml");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("<title>PlotLens"));
    assert!(page.contains("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"));
    assert!(page.contains("require-trusted-types-for 'script'; trusted-types default"));
    assert!(script.contains("Content-Type: text/javascript"));
    assert!(outside.starts_with("HTTP/1.1 404"));
}

#[test]
fn nothing_fails_because_nobody_reads_what_it_says() {
    let status = |args: &[&str]| plotlens(args).stderr(closed()).output().unwrap().status.code();
    assert_eq!(status(&["classify", ""]), Some(1));

    let rows = scratch("unheard.csv", &ghosts_and_sheriffs());
    let path = |name| Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let (answers, out) = (path("unheard.jsonl"), path("unheard-model"));
    let _ = std::fs::remove_file(&answers);
    let [rows, answers, out] = [&rows, &answers, &out].map(|path| path.to_str().unwrap());
    assert_eq!(status(&["train", "keywords", rows, "--valid", rows, "--out", out]), Some(0));
    let classify = ["classify", "--input", rows, "--output", answers, "--model", out];
    assert_eq!(status(&classify), Some(0));

    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let serve = ["serve", "www", "--port", &free.to_string()];
    let child = plotlens(&serve).stdout(closed()).spawn().unwrap();
    let mut served = Served { child, port: free.to_string() };
    while TcpStream::connect(("127.0.0.1", free)).is_err() {
        assert!(served.child.try_wait().unwrap().is_none(), "it stopped");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(served.answer("GET", "/").contains("<title>PlotLens"));
}

/// Enough films to train on.
fn ghosts_and_sheriffs() -> String {
    let mut rows = String::from("text,genres\n");
    for i in 0..60 {
        rows += &format!("A ghost haunts an old house and its widow number {i},Horror\n");
        rows += &format!("A sheriff hunts an outlaw across the frontier number {i},Western\n");
    }
    rows
}

#[test]
fn train_keywords_makes_a_folder_that_answers() {
    let data = scratch("train.csv", &ghosts_and_sheriffs());
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keywords-model");
    let (data, out) = (data.to_str().unwrap(), out.to_str().unwrap());
    let output = run(&["train", "keywords", data, "--valid", data, "--out", out]);
    assert!(output.status.success(), "{output:?}");
    let output = run(&["classify", "The outlaw fears the sheriff.", "--model", out]);
    assert!(stdout(&output).contains("* Western"), "{}", stdout(&output));
}

#[test]
fn a_training_that_fails_leaves_the_folder_as_it_was() {
    let data = scratch("train-only.csv", &ghosts_and_sheriffs());
    let unreadable = scratch("unreadable.csv", "text,genres\n🎬,Horror\n");
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-model");
    let _ = std::fs::remove_dir_all(&out);
    let train = |valid: &Path| {
        let [data, valid, out] = [&data, valid, &out].map(|path| path.to_str().unwrap());
        run(&["train", "keywords", data, "--valid", valid, "--out", out])
    };
    assert_eq!(code(&train(Path::new("no-such.csv"))), "io");
    assert_eq!(code(&train(&unreadable)), "file-invalid");
    assert!(!out.exists());

    // A DistilBERT without its tokenizer, for which no manifest can be written.
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("distilbert.onnx"), "").unwrap();
    assert_eq!(code(&train(&data)), "io");
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1);
}

#[test]
fn a_report_is_one_page_with_the_numbers_of_the_json() {
    let (html, numbers) = ("report.html", "report.json");
    let path = |name| Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let (page, numbers) = (path(html), path(numbers));
    let done = run(&[
        "evaluate",
        "www/evaluate/example.csv",
        "--predictor",
        "all",
        "--resamples",
        "20",
        "--html",
        page.to_str().unwrap(),
        "--json",
        numbers.to_str().unwrap(),
    ]);
    assert!(done.status.success());
    let page = std::fs::read_to_string(page).unwrap();
    let json: Value = serde_json::from_slice(&std::fs::read(numbers).unwrap()).unwrap();
    for predictor in ["distilbert", "keywords", "blend"] {
        for value in [&json[predictor]["map"], &json[predictor]["samples"]["jaccard"]] {
            let shown = format!("<td>{:.3}", value.as_f64().unwrap());
            assert!(page.contains(&shown), "{shown}");
        }
    }
    assert!(!page.contains("<script") && page.matches("<svg").count() > 20);
    for tag in ["table", "section", "svg", "div"] {
        let count = |mark: &str| page.matches(mark).count();
        assert_eq!(count(&format!("<{tag}")), count(&format!("</{tag}>")), "{tag}");
    }
}

#[test]
fn a_file_of_plots_is_answered_row_by_row_and_goes_on_where_it_stopped() {
    let second = "🎬 A demon possesses the haunted nurse; a priest performs an exorcism.";
    let rows = [
        format!("1,\"{PLOT}\",High Noon"),
        "2,,Nothing".to_string(),
        format!("3,\"{second}\","),
        "4,!?,Marks".to_string(),
    ];
    let input = scratch("plots.csv", &format!("id,plot,title\n{}\n", rows.join("\n")));
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join("answers.jsonl");
    let _ = std::fs::remove_file(&output);
    let go = || {
        let paths = [input.to_str().unwrap(), output.to_str().unwrap()];
        run(&["classify", "--input", paths[0], "--output", paths[1]])
    };
    let done = go();
    assert!(stdout(&done).starts_with("4 rows, 0 of them before"), "{}", stdout(&done));
    let whole = std::fs::read_to_string(&output).unwrap();
    let lines: Vec<Value> = whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines.iter().map(|line| line["line"].as_u64().unwrap()).collect::<Vec<_>>(),
        [2, 3, 4, 5]
    );
    assert_eq!(lines[0]["title"], "High Noon");
    assert!(lines[1]["error"].as_str().unwrap().contains("no text"));
    assert_eq!(lines[3]["code"], "text-no-words");

    // The same as for the text alone, but for its decimals; spans count as JavaScript does.
    let alone = run(&["classify", second, "--json"]);
    let alone: Value = serde_json::from_slice(&alone.stdout).unwrap();
    let horror = &lines[2]["genres"][0];
    assert_eq!(horror["genre"], alone["genres"][0]["genre"]);
    let (here, there) = (&horror["probability"], &alone["genres"][0]["probability"]);
    assert!((here.as_f64().unwrap() - there.as_f64().unwrap()).abs() < 1e-4);
    let units: Vec<u16> = second.encode_utf16().collect();
    let words: Vec<String> = lines[2]["words"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| {
            let at = |key: &str| word[key].as_u64().unwrap() as usize;
            String::from_utf16(&units[at("start")..at("end")]).unwrap()
        })
        .collect();
    assert_eq!(words[0], "🎬");
    let demon = words.iter().position(|word| word == "demon").unwrap();
    assert!(lines[2]["words"][demon]["adds"]["Horror"].as_f64().unwrap() > 0.0);

    // Stopped in the midst of the third line, it gives the same file in the end.
    let third = whole.match_indices('\n').nth(1).unwrap().0 + 1;
    let end = third + whole[third..].find('\n').unwrap();
    for stopped in [third + 1, third + 20, third + 40, end] {
        std::fs::write(&output, &whole[..stopped]).unwrap();
        assert!(stdout(&go()).starts_with("4 rows, 2 of them before"));
        assert_eq!(std::fs::read_to_string(&output).unwrap(), whole);
    }

    // A last line without an end that is somebody else's stays, behind answers too.
    for answers in ["", &whole[..third]] {
        for other in ["{\"films\": [1, 2", "{\"fingerprint\": \"mine\"}"] {
            let notes = format!("{answers}{other}");
            std::fs::write(&output, &notes).unwrap();
            assert_eq!(code(&go()), "file-invalid", "{notes:?}");
            assert_eq!(std::fs::read_to_string(&output).unwrap(), notes);
        }
    }
    std::fs::write(&output, &whole).unwrap();

    // What answers other rows, or is another file, stays as it is.
    scratch("plots.csv", &format!("id,plot,title\n{}\n", rows.join("\n")).replace("nurse", "maid"));
    assert_eq!(code(&go()), "file-invalid");
    assert_eq!(std::fs::read_to_string(&output).unwrap(), whole);
    for notes in ["notes without an end", "{\"line\": 2}", "[1]\n", "{\"line\": 2}\n", "\n"] {
        std::fs::write(&output, notes).unwrap();
        assert_eq!(code(&go()), "file-invalid", "{notes:?}");
        assert_eq!(std::fs::read_to_string(&output).unwrap(), notes);
    }
}

/// On the shipped model, and whatever device there is: it fails where there is none.
#[cfg(feature = "webgpu")]
#[test]
fn a_graphics_processor_gives_the_processors_probabilities() {
    let words = "A sheriff, an outlaw and a stolen horse meet at noon while a widow sings. ";
    let rows: String = [1, 3, 40, 12]
        .iter()
        .map(|&times| {
            format!("{}\n", serde_json::json!({"text": words.repeat(times), "genres": ["Western"]}))
        })
        .collect();
    let file = scratch("webgpu.jsonl", &rows);
    let scores = |engine: &str| {
        let out = scratch(&format!("webgpu-{engine}.jsonl"), "");
        let (file, path) = (file.to_str().unwrap(), out.to_str().unwrap());
        let output = run(&["evaluate", file, "--engine", engine, "--scores", path]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines = std::fs::read_to_string(&out).unwrap();
        let numbers = |line| -> Vec<f64> {
            let line: Value = serde_json::from_str(line).unwrap();
            serde_json::from_value(line["probabilities"].clone()).unwrap()
        };
        lines.lines().map(numbers).collect::<Vec<_>>()
    };
    let (expected, actual) = (scores("fast"), scores("webgpu"));
    assert_eq!((expected.len(), actual.len()), (4, 4));
    for (expected, actual) in expected.iter().flatten().zip(actual.iter().flatten()) {
        assert!((expected - actual).abs() <= 2e-3, "{expected} {actual}");
    }
}

#[cfg(not(feature = "webgpu"))]
#[test]
fn a_build_without_webgpu_says_so() {
    assert_eq!(code(&run(&["classify", PLOT, "--engine", "webgpu"])), "webgpu-unavailable");
}

#[test]
fn rows_on_one_line_keep_their_own_scores() {
    let western = "A sheriff and a gang of outlaws fight over cattle near the frontier town.";
    let horror = "A vampire haunts a castle; one by one its guests are found dead in the crypt.";
    let rows = [
        json!({ "text": "猫が扉を見つける。扉の向こうに階段がある。", "genres": ["Horror"] }),
        json!({ "text": western, "genres": ["Western"] }),
        json!({ "text": horror, "genres": ["Comedy"] }),
    ];
    let file = scratch("one-line.json", &json!(rows).to_string());
    let page = scratch("one-line.html", "");
    let args = ["evaluate", file.to_str().unwrap(), "--html", page.to_str().unwrap()];
    let output = run(&[&args[..], &["--resamples", "0"]].concat());
    assert!(output.status.success());
    assert!(stdout(&output).contains("2 rows, 1 skipped"));
    let page = std::fs::read_to_string(page).unwrap();
    // The worst mistake is the vampire's, and the cat, which nobody scored, makes none.
    assert!(page.contains("vampire") && !page.contains("猫"));
}
