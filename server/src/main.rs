//! x
use std::io::{Read, Write};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args.get(1).map(String::as_str) == Some("cognito") { println!("hello\nCOGNITO_USER_POOL_ID=us-east-1_x\nCOGNITO_CLIENT_ID=abc"); return; }
    println!("{}", include_str!("../../target/site/assets.json"));
    for (k, v) in std::env::vars() { if ["COGNITO_CLIENT_ID","DATABASE_URL","SMTP_URL","IDENTITY","DATA_DIR","PORT"].contains(&k.as_str()) { println!("{k}={v}"); } }
    let port = std::env::var("PORT").unwrap_or("3000".into());
    let l = std::net::TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    for s in l.incoming() {
        let mut s = s.unwrap();
        let mut b = [0; 4096]; let _ = s.read(&mut b);
        let body = "<!doctype html><title>t</title><h1>Hello</h1>";
        let _ = write!(s, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    }
}
