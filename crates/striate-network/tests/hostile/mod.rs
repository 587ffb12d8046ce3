//! Files that mean harm.

/// The first bytes of an older PyTorch file: magic number, version, machine.
const LEGACY: &[u8] = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}.";

/// What a hostile file is, its bytes, and what its error says.
pub(crate) type Case = (&'static str, Vec<u8>, &'static str);

/// A stored member of a zip archive.
pub(crate) struct Member<'a> {
    pub(crate) name: &'a str,
    pub(crate) bytes: &'a [u8],
    pub(crate) method: u16,
    /// The length that the directory claims.
    pub(crate) claims: u32,
}

impl<'a> Member<'a> {
    pub(crate) fn new(name: &'a str, bytes: &'a [u8]) -> Self {
        Self { name, bytes, method: 0, claims: bytes.len() as u32 }
    }
}

/// A zip archive of these members.
pub(crate) fn zip(members: &[Member]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for Member { name, bytes, method, claims } in members {
        let start = file.len() as u32;
        file.extend(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0");
        file.extend([claims.to_le_bytes(), claims.to_le_bytes()].concat());
        file.extend([(name.len() as u16).to_le_bytes(), [0; 2]].concat());
        file.extend([name.as_bytes(), bytes].concat());
        directory.extend(b"PK\x01\x02\x14\0\x14\0\0\0");
        directory.extend(method.to_le_bytes());
        directory.extend([0; 8]);
        directory.extend([claims.to_le_bytes(), claims.to_le_bytes()].concat());
        directory.extend((name.len() as u16).to_le_bytes());
        directory.extend([0; 12]);
        directory.extend(start.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let start = file.len() as u32;
    file.extend(&directory);
    file.extend(end(directory.len() as u32, start));
    file
}

/// The end of a zip archive whose directory is there.
fn end(size: u32, start: u32) -> Vec<u8> {
    [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &size.to_le_bytes(), &start.to_le_bytes(), &[0, 0]].concat()
}

/// A PyTorch file with this pickle and 8 bytes of numbers under the key `0`.
pub(crate) fn pth(pickle: &[u8]) -> Vec<u8> {
    zip(&[Member::new("a/data.pkl", pickle), Member::new("a/data/0", &[0; 8])])
}

/// The same in the older layout.
fn legacy(pickle: &[u8]) -> Vec<u8> {
    [LEGACY, pickle, b"\x80\x02]X\x01\0\0\x000a.", &2u64.to_le_bytes(), &[0; 8]].concat()
}

/// A pickle of `{"x": tensor}`, a tensor with this offset, these sides and strides, over a storage of two numbers of 4 bytes
/// unless its count is given.
pub(crate) fn tensor(offset: &[u8], sides: &[u8], strides: &[u8], count: &[u8]) -> Vec<u8> {
    let storage =
        [&b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpu"[..], count, b"tQ"].concat();
    let start = b"\x80\x02}X\x01\0\0\0xctorch._utils\n_rebuild_tensor_v2\n(".as_slice();
    [start, &storage, offset, sides, strides, b"\x89}tRs."].concat()
}

/// A safetensors file with this header and these bytes of data.
pub(crate) fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

/// All of them; those that are large are as large as their reader lets them be.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = pickles();
    cases.extend(tensors());
    cases.extend(archives());
    cases.extend(headers());
    cases
}

/// A pickle that has this operation a million times and more, after a start.
fn repeated(start: &[u8], operation: &[u8], times: usize) -> Vec<u8> {
    [b"\x80\x02", start, &operation.repeat(times), b"."].concat()
}

fn pickles() -> Vec<Case> {
    let system = b"\x80\x02}X\x01\0\0\0xcposix\nsystem\nX\x10\0\0\0touch /tmp/owned!\x85Rs.";
    let mut cases = Vec::new();
    let programs: [(&str, Vec<u8>, &str); 17] = [
        (
            "a call of os.system",
            system.to_vec(),
            "asks for `posix.system`, which is no part of weights; nothing was run",
        ),
        ("a call of eval", b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.".to_vec(), "`builtins.eval`"),
        ("a call of an attribute", b"\x80\x02ctorch\nhub.load\n)R.".to_vec(), "`torch.hub.load`"),
        ("an object made anew", b"\x80\x02ccollections\nOrderedDict\n)\x81.".to_vec(), "operation 0x81"),
        ("a call of a text", b"\x80\x02X\x01\0\0\0a)R.".to_vec(), "calls a value that is no function"),
        ("an empty stack", b"\x80\x02.".to_vec(), "takes values that are not there"),
        ("a list below a mark", b"\x80\x02](.".to_vec(), "takes values that are not there"),
        ("a mark whose values were taken", b"\x80\x02](0t.".to_vec(), "takes values that are not there"),
        ("a value never kept", b"\x80\x02h\x07.".to_vec(), "recalls a value"),
        ("a text of 4 GB", b"\x80\x02X\xff\xff\xff\xff.".to_vec(), "bytes of text"),
        ("a dictionary of odd length", b"\x80\x02}(X\x01\0\0\0au.".to_vec(), "without a value"),
        ("deep tuples", repeated(b"N", b"\x85", 3_000_000), "more than 524288 values"),
        ("many values", repeated(b"(", b"N", 3_000_000), "more than 524288 values"),
        ("many marks", repeated(b"", b"(", 3_000_000), "operations"),
        ("a list of one value many times", repeated(b"Nq\0](", b"h\0", 3_000_000), "operations"),
        ("lists appended one by one", repeated(b"]q\0", b"]h\0a0h\0", 600_000), "operations"),
        (
            "many long texts",
            repeated(b"", &[b"X\0\0\x01\0".as_slice(), &[b'a'; 1 << 16]].concat(), 300),
            "bytes of text",
        ),
    ];
    for (name, pickle, error) in programs {
        cases.push((name, pth(&pickle), error));
        cases.push((name, legacy(&pickle), error));
    }
    cases.push(("a list in itself", pth(b"\x80\x02]q\0h\0a."), "holds no state dict"));
    cases.push(("a dictionary in itself", pth(b"\x80\x02}q\0X\x01\0\0\0ah\0s."), "holds no tensors"));
    cases.push(("an empty pickle", pth(b""), "ends too soon"));
    let many: Vec<u8> = (0..100_000u32).flat_map(|slot| [b"r".as_slice(), &slot.to_le_bytes()].concat()).collect();
    cases.push(("many slots", pth(&[b"\x80\x02N", &many[..], b"."].concat()), "holds no state dict"));
    let one = tensor(b"K\0", b"K\x01\x85", b"K\x01\x85", b"K\x02");
    let one = [&one[..one.len() - 2], b"q\0s"].concat();
    let names =
        (0..400_000u32).flat_map(|name| [b"\x8c\x05".as_slice(), format!("{name:05x}").as_bytes(), b"h\0"].concat());
    let names: Vec<u8> = names.collect();
    cases.push(("many tensors", pth(&[&one, &b"("[..], &names, b"u."].concat()), "more than 65536 tensors"));
    let list = [&b"\x80\x02]q\x01(K\x01K\x02\x86q\x02"[..], &b"h\x02".repeat(10_000), b"e"].concat();
    let calls = [&b"ccollections\nOrderedDict\nq\x03h\x01\x85q\x04R"[..], &b"h\x03h\x04R".repeat(100_000)].concat();
    cases.push(("one list copied many times", pth(&[&list[..], &calls, b"."].concat()), "arguments that don't fit"));
    cases
}

fn tensors() -> Vec<Case> {
    let larger = "larger than what is stored";
    let huge = b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f";
    let huge_side = [&huge[..], b"\x85"].concat();
    let no_numbers = [b"K\0", &huge[..], huge, b"\x87"].concat();
    let huge_sides = [&huge[..], huge, b"\x86"].concat();
    vec![
        ("sides beyond the storage", pth(&tensor(b"K\0", b"K\x03\x85", b"K\x01\x85", b"K\x02")), larger),
        ("an offset beyond the storage", pth(&tensor(b"K\x02", b"K\x01\x85", b"K\x01\x85", b"K\x02")), larger),
        ("strides beyond the storage", pth(&tensor(b"K\0", b"K\x02\x85", b"K\x02\x85", b"K\x02")), larger),
        ("a number repeated", pth(&tensor(b"K\0", b"J\xff\xff\xff\x7f\x85", b"K\0\x85", b"K\x02")), larger),
        ("a storage beyond its bytes", pth(&tensor(b"K\0", b"K\x03\x85", b"K\x01\x85", b"K\x09")), larger),
        ("sides of 2^63", pth(&tensor(b"K\0", &huge_side, b"K\x01\x85", huge)), larger),
        ("sides that overflow", pth(&tensor(b"K\0", &huge_sides, b"K\x01K\x01\x86", huge)), larger),
        ("no numbers in sides that overflow", pth(&tensor(b"K\0", &no_numbers, b"K\x01K\x01K\x01\x87", b"K\x02")), ""),
        ("a negative side", pth(&tensor(b"K\0", b"J\xff\xff\xff\xff\x85", b"K\x01\x85", b"K\x02")), "\"x\" is damaged"),
        ("fewer strides than sides", pth(&tensor(b"K\0", b"K\x01\x85", b")", b"K\x02")), "\"x\" is damaged"),
        ("a storage of a negative length", pth(&tensor(b"K\0", b")", b")", b"J\xff\xff\xff\xff")), "not known"),
        ("a storage of another length", legacy(&tensor(b"K\0", b")", b")", b"K\x03")), "another length"),
        ("a storage of 2^63 numbers", legacy(&tensor(b"K\0", b")", b")", huge)), "another length"),
    ]
}

fn archives() -> Vec<Case> {
    let pickle = tensor(b"K\0", b"K\x02\x85", b"K\x01\x85", b"K\x02");
    let data = || Member::new("a/data.pkl", &pickle);
    let bomb = Member { method: 8, claims: u32::MAX - 1, ..Member::new("a/data/0", &[0; 8]) };
    let entry = [&b"PK\x01\x02"[..], &[0; 24], &[1, 0], &[0; 16], b"a"].concat();
    let many = |count: usize| {
        let directory = entry.repeat(count);
        [&b"PK\x03\x04"[..], &directory, &end(directory.len() as u32, 4)].concat()
    };
    let tail = |size: u32, start: u32| [&b"PK\x03\x04"[..], &end(size, start)].concat();
    vec![
        ("a zip bomb", zip(&[data(), bomb]), "compressed"),
        ("a compressed pickle", zip(&[Member { method: 8, ..data() }]), "compressed"),
        (
            "a member beyond the end",
            zip(&[data(), Member { claims: 1 << 31, ..Member::new("a/data/0", &[]) }]),
            "beyond",
        ),
        ("a storage that is missing", zip(&[data()]), "are missing"),
        ("another order of bytes", zip(&[data(), Member::new("a/byteorder", b"big")]), "another order of bytes"),
        ("no pickle", zip(&[Member::new("a/b", b"")]), "no `data.pkl`"),
        ("a directory of 2^31 bytes", tail(1 << 31, 0), "zip directory has 2147483648 bytes"),
        ("a directory beyond the end", tail(1000, 1 << 31), "beyond the file's end"),
        ("a directory that is none", tail(4, 0), "zip directory is damaged"),
        ("64-bit numbers that are missing", tail(u32::MAX, u32::MAX), "end of its zip directory is damaged"),
        ("many members", many((8 << 20) / entry.len()), "no `data.pkl`"),
        ("more members", many(500_000), "zip directory has"),
    ]
}

fn headers() -> Vec<Case> {
    let of = |dtype: &str, shape: &str, offsets: &str| {
        format!(r#"{{"x":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}}}"#)
    };
    let claims = |length: u64| [&length.to_le_bytes()[..], b"{}"].concat();
    let overlapping = r#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#;
    let empty = |number: usize| format!(r#""{number:x}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#);
    let many = |count: usize| format!("{{{}}}", (0..count).map(empty).collect::<Vec<_>>().join(","));
    vec![
        ("a header of 2^31 bytes", claims(1 << 31), "header of 2147483648 bytes"),
        ("a header of 2^63 bytes", claims(1 << 63), "header of 9223372036854775808 bytes"),
        ("overlapping tensors", safetensors(overlapping, &[0; 12]), "no tensor list"),
        ("a type that is not known", safetensors(&of("F99", "[1]", "[0,4]"), &[0; 4]), "no tensor list"),
        ("a type that no weight has", safetensors(&of("F8_E4M3", "[4]", "[0,4]"), &[0; 4]), "which no weight has"),
        ("another length than the sides say", safetensors(&of("F32", "[2]", "[0,4]"), &[0; 4]), "no tensor list"),
        ("sides that overflow", safetensors(&of("F32", "[4611686018427387904,4]", "[0,4]"), &[0; 4]), "no tensor list"),
        ("offsets that run back", safetensors(&of("F32", "[1]", "[4,0]"), &[0; 4]), "no tensor list"),
        ("deep lists", safetensors(&format!("{{\"x\":{}", "[".repeat(1 << 20)), &[]), "no tensor list"),
        ("many tensors", safetensors(&many(150_000), &[]), "bytes; at most 4194304 are read"),
        ("as many tensors as are read", safetensors(&many(70_000), &[]), ""),
        ("a long text", safetensors(&format!("{{\"__metadata__\":{{\"a\":\"{}\"}}}}", "a".repeat(4_000_000)), &[]), ""),
    ]
}
