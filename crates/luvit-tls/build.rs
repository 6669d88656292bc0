//! Writes Mozilla's authorities as one piece of bytes: as the table of pointers that `webpki-roots` has, they would be in the
//! memory of every program from its start on.

use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let mut bytes = Vec::new();
    let mut push = |part: &[u8]| {
        let size = u16::try_from(part.len()).expect("authorities are small");
        bytes.extend_from_slice(&size.to_be_bytes());
        bytes.extend_from_slice(part);
    };
    for root in webpki_roots::TLS_SERVER_ROOTS {
        push(&root.subject);
        push(&root.subject_public_key_info);
        push(root.name_constraints.as_deref().unwrap_or_default());
    }
    let folder = std::env::var_os("OUT_DIR").expect("cargo says where to write");
    std::fs::write(PathBuf::from(folder).join("roots.bin"), bytes)
        .expect("the folder of the build can be written");
}
