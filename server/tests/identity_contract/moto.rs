//! moto: started once for all tests, ended with them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The endpoint's variable: set where a moto is already running.
const VARIABLE: &str = "TEST_COGNITO_ENDPOINT";

/// moto's address, such as `http://127.0.0.1:5000`.
///
/// # Panics
/// Where there is none and none can be started: a contract that is not run
/// must not look like one that is kept.
pub fn endpoint() -> &'static str {
    static ENDPOINT: OnceLock<String> = OnceLock::new();
    ENDPOINT.get_or_init(|| match std::env::var(VARIABLE) {
        Ok(endpoint) if !endpoint.is_empty() => endpoint,
        _ => start(),
    })
}

fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    drop(listener);
    // The shell ends moto when this process's end of the pipe closes, however
    // this process ends.
    let script = format!(
        "command -v moto_server >/dev/null || exit 127
         MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP=true moto_server -H 127.0.0.1 -p {} >/dev/null 2>&1 </dev/null &
         moto=$!
         read -r _
         kill $moto",
        address.port()
    );
    let mut shell =
        Command::new("sh").args(["-c", &script]).stdin(Stdio::piped()).spawn().expect("a shell");
    let began = Instant::now();
    while !answers(address) {
        let ended = shell.try_wait().expect("the shell's state");
        assert!(
            ended.is_none() && began.elapsed() < Duration::from_secs(60),
            "moto_server (PyPI: moto[server]) is not running, and not on the PATH to be started. \
             Run “cargo xtask test”, which installs and starts it, or set {VARIABLE} to the \
             address of one that runs."
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    // Keeps the pipe open until this process ends.
    std::mem::forget(shell);
    format!("http://{address}")
}

fn answers(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let request = "GET /moto-api/ HTTP/1.0\r\nHost: localhost\r\n\r\n";
    let mut answer = [0; 12];
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_exact(&mut answer).is_ok()
        && answer.ends_with(b"200")
}
