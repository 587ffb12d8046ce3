use striate_backend::{Backend, DeviceError, device, devices};

#[test]
fn default_device_is_present() {
    let names: Vec<_> = devices().iter().map(|(name, _)| name.to_string()).collect();
    assert!(names.contains(&"flex".to_string()), "{names:?}");
    device("flex").unwrap();
    device("flex:0").unwrap();
}

#[test]
fn unknown_backend_names_the_nearest_and_what_is_there() {
    let message = device("flox").unwrap_err().to_string();
    for part in
        ["unknown backend \"flox\"", "did you mean \"flex\"?", "cuda", "compiled in: flex", "present here: flex"]
    {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn device_that_is_not_there_is_an_error() {
    assert!(matches!(device("flex:7"), Err(DeviceError::NotPresent { found: 1, .. })));
    assert!(matches!(device("flex:x"), Err(DeviceError::BadIndex { .. })));
    for backend in Backend::ALL.into_iter().filter(|backend| !backend.is_compiled_in()) {
        let message = device(backend.name()).unwrap_err().to_string();
        assert!(message.contains(&format!("--features {}", backend.name())), "{message}");
    }
}
