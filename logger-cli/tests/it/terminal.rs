//! The command on a real terminal: one of tmux.

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use ratatui::{Terminal as Drawn, backend::CrosstermBackend};

use logger_cli::top::Screen;

use crate::support::{folder, lines, path};

/// A terminal of tmux with a shell in it.
struct Tmux {
    socket: String,
    dir: tempfile::TempDir,
}

impl Tmux {
    /// `None` where there is no tmux, which is said aloud.
    fn new(dir: tempfile::TempDir, width: u16) -> Option<Self> {
        let tmux = Tmux { socket: dir.path().join("tmux").display().to_string(), dir };
        let width = width.to_string();
        let mut command = tmux.command(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-s",
            "it",
            "-x",
            &width,
            "-y",
            "24",
            "sh",
        ]);
        for name in ["LOG_DIR", "NO_COLOR", "PAGER", "LESS", "ENV"] {
            command.env_remove(name);
        }
        let command = command.env("PS1", "> ").env("LC_ALL", "C.UTF-8").current_dir(tmux.dir.path());
        match command.status() {
            Ok(status) => {
                assert!(status.success(), "{status}");
                Some(tmux)
            }
            Err(error) => {
                let _ = writeln!(
                    std::io::stderr(),
                    "SKIPPED: tmux (Debian package `tmux`) cannot be run: {error}"
                );
                None
            }
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(&self.socket).args(args).stdin(Stdio::null()).env_remove("TMUX");
        command
    }

    fn keys(&self, keys: &[&str]) {
        assert!(self.command(&[&["send-keys", "-t", "it"], keys].concat()).status().unwrap().success());
    }

    fn line(&self, text: &str) {
        self.keys(&["-l", text]);
        self.keys(&["Enter"]);
    }

    /// Takes what is there off the screen, and waits until it is gone.
    #[track_caller]
    fn clear(&self) {
        self.line("clear");
        self.until(|it| !it.contains("ended"));
    }

    fn screen(&self) -> String {
        let output = self.command(&["capture-pane", "-p", "-t", "it"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Waits until the screen is as it is wanted.
    #[track_caller]
    fn until(&self, is_so: impl Fn(&str) -> bool) -> String {
        let begin = Instant::now();
        loop {
            let screen = self.screen();
            if is_so(&screen) {
                return screen;
            }
            assert!(begin.elapsed() < Duration::from_secs(60), "{screen}");
            std::thread::park_timeout(Duration::from_millis(30));
        }
    }

    /// The process that the shell waits for.
    fn program(&self) -> String {
        let pane = self.command(&["display-message", "-p", "-t", "it", "#{pane_pid}"]).output().unwrap();
        let shell = String::from_utf8(pane.stdout).unwrap().trim().to_owned();
        let children = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
        children.split_whitespace().last().unwrap().to_owned()
    }

    /// Whether the shell's line is edited as before: typed characters are shown, the cursor is there.
    #[track_caller]
    fn is_as_before(&self) {
        self.line("clear; stty -a | grep -o -e '-\\?icanon' -e '-\\?echo '");
        self.until(|it| {
            it.lines().any(|it| it.trim() == "icanon") && it.lines().any(|it| it.trim() == "echo")
        });
        let cursor =
            self.command(&["display-message", "-p", "-t", "it", "#{cursor_flag} #{alternate_on}"]).output();
        assert_eq!(String::from_utf8_lossy(&cursor.unwrap().stdout).trim(), "1 0");
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = self.command(&["kill-server"]).status();
    }
}

const LOGGER: &str = env!("CARGO_BIN_EXE_logger");

#[test]
fn the_live_view_shows_what_comes_filters_it_and_gives_the_terminal_back() {
    for width in [80, 200] {
        let Some(tmux) = Tmux::new(folder(3, 100), width) else { return };
        tmux.line(&format!("{LOGGER} top --dir . ; echo ended $?"));
        let screen = tmux.until(|it| it.contains(" 300 ╮"));
        assert!(screen.lines().all(|it| it.chars().count() <= usize::from(width)), "{screen}");
        assert!(screen.lines().nth(1).unwrap().ends_with('╮'), "{screen}");
        let mut file = fs::OpenOptions::new().append(true).open(path(&tmux.dir, "expert.log")).unwrap();
        file.write_all(lines(301..=310).as_bytes()).unwrap();
        tmux.until(|it| it.contains(" 310 ╮") && it.contains("● live"));
        tmux.keys(&["w"]);
        tmux.keys(&["-l", "price>=70305 and symbol=BTCUSDT"]);
        tmux.until(|it| it.contains(" 2 of 310 ╮"));
        tmux.keys(&["Enter", "Enter"]);
        tmux.until(|it| it.contains("details") && it.contains("order_id"));
        tmux.keys(&["C-c"]);
        tmux.until(|it| it.contains("ended 0") && !it.contains("details"));
        tmux.is_as_before();
        tmux.line(&format!("{LOGGER} top --dir . --level error"));
        tmux.until(|it| it.contains(" 15 ╮"));
        tmux.keys(&["q"]);
    }
}

#[test]
fn a_signal_gives_the_terminal_back() {
    let Some(tmux) = Tmux::new(folder(1, 50), 80) else { return };
    tmux.line(&format!("{LOGGER} top --dir . ; echo ended $?"));
    tmux.until(|it| it.contains(" 50 ╮"));
    let pid = tmux.program();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    tmux.until(|it| it.contains("ended 0"));
    tmux.is_as_before();
}

#[test]
fn a_terminal_that_goes_away_ends_the_view() {
    // without the signal that most programs die of
    for hangup in ["", "trap '' HUP; "] {
        let Some(tmux) = Tmux::new(folder(1, 50), 80) else { return };
        tmux.line(&format!("{hangup}{LOGGER} top --dir ."));
        tmux.until(|it| it.contains(" 50 ╮"));
        let program = format!("/proc/{}/stat", tmux.program());
        // whoever inherits it may leave it unburied
        let runs = || fs::read_to_string(&program).is_ok_and(|it| !it.contains(") Z "));
        assert!(tmux.command(&["kill-server"]).status().unwrap().success());
        let begin = Instant::now();
        while runs() {
            assert!(begin.elapsed() < Duration::from_secs(60), "it goes on: {program}");
            std::thread::park_timeout(Duration::from_millis(30));
        }
    }
}

/// What a test runs again of itself on a terminal.
const ON_A_TERMINAL: &str = "LOGGER_TEST_ON_A_TERMINAL";

#[test]
fn a_panic_gives_the_terminal_back_before_it_is_told() {
    if std::env::var_os(ON_A_TERMINAL).is_some() {
        let _screen = Screen::take(std::io::stdout()).unwrap();
        let mut other = Drawn::new(CrosstermBackend::new(std::io::stdout())).unwrap();
        other.draw(|frame| frame.render_widget("in the view", frame.area())).unwrap();
        panic!("for the test");
    }
    let Some(tmux) = Tmux::new(folder(1, 1), 80) else { return };
    let test = std::env::current_exe().unwrap();
    let name = "terminal::a_panic_gives_the_terminal_back_before_it_is_told";
    tmux.line(&format!("{ON_A_TERMINAL}=1 {} --exact {name} --nocapture; echo ended $?", test.display()));
    let screen = tmux.until(|it| it.contains("ended 101"));
    assert!(screen.contains("for the test") && !screen.contains("in the view"), "{screen}");
    tmux.is_as_before();
}

#[test]
fn what_is_long_is_shown_by_the_pager_and_only_on_a_terminal() {
    let Some(tmux) = Tmux::new(folder(3, 100), 80) else { return };
    tmux.line(&format!(
        "PAGER='sed s/^/paged:/' {LOGGER} logs --dir . -n 5 --format csv --fields seq; echo ended $?"
    ));
    let screen = tmux.until(|it| it.contains("ended 0"));
    assert!((296..=300).all(|it| screen.contains(&format!("paged:{it}\n"))), "{screen}");
    tmux.clear();
    tmux.line(&format!("PAGER='sed s/^/paged:/' {LOGGER} logs --dir . -n 3 --format csv --fields seq --no-pager; echo ended $?"));
    let screen = tmux.until(|it| it.contains("ended 0") && it.contains("298"));
    assert!(!screen.contains("paged:298"), "{screen}");
    tmux.clear();
    tmux.line(&format!(
        "PAGER='sed s/^/paged:/' {LOGGER} logs --dir . -n 2 --format csv --fields seq | cat; echo ended $?"
    ));
    let screen = tmux.until(|it| it.contains("ended 0") && it.contains("299"));
    assert!(!screen.contains("paged:299"), "{screen}");
    tmux.clear();
    tmux.line(&format!(
        "PAGER='sed s/^/paged:/' {LOGGER} logs --dir . -n 1 --format json --fields seq; echo ended $?"
    ));
    let screen = tmux.until(|it| it.contains("ended 0") && it.contains("{\"seq\":300}"));
    assert!(!screen.contains("paged:{"), "JSON is for programs: {screen}");
    tmux.clear();
    // the command ends when its pager has ended
    fs::write(path(&tmux.dir, "slow"), "cat > /dev/null; sleep 0.3; echo that was the pager").unwrap();
    tmux.line(&format!("PAGER='sh slow' {LOGGER} logs --dir . -n 3 --format csv; echo ended $?"));
    let screen = tmux.until(|it| it.contains("ended 0") && it.contains("that was the pager"));
    assert!(screen.find("that was the pager\n") < screen.find("ended 0"), "{screen}");
    tmux.clear();
    // the reader had enough
    tmux.line(&format!(
        "PAGER='head -n 2' {LOGGER} logs --dir . -n 0 --format csv --fields seq; echo ended $?"
    ));
    let screen = tmux.until(|it| it.contains("ended 0"));
    assert!(!screen.contains("logger:"), "{screen}");
}
