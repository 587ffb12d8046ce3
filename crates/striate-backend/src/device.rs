//! A device by name.

use std::fmt;
use std::str::FromStr;

use burn::tensor::Device;
use striate_core::nearest::nearest;

/// The backends that striate knows by name, compiled in or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /// CPU, pure Rust, nothing to install.
    Flex,
    /// CPU, kept for parity; slow in training.
    NdArray,
    /// Any GPU through WebGPU's native implementation.
    Wgpu,
    /// GPUs through Vulkan.
    Vulkan,
    /// Apple's GPUs.
    Metal,
    /// NVIDIA's GPUs.
    Cuda,
    /// AMD's GPUs.
    Rocm,
    /// CPU through CubeCL.
    Cpu,
}

impl Backend {
    /// All of them, the default first.
    pub const ALL: [Self; 8] =
        [Self::Flex, Self::NdArray, Self::Wgpu, Self::Vulkan, Self::Metal, Self::Cuda, Self::Rocm, Self::Cpu];

    /// Its name, which is also the name of the cargo feature that compiles it in.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::NdArray => "ndarray",
            Self::Wgpu => "wgpu",
            Self::Vulkan => "vulkan",
            Self::Metal => "metal",
            Self::Cuda => "cuda",
            Self::Rocm => "rocm",
            Self::Cpu => "cpu",
        }
    }

    /// Whether this build has it.
    pub fn is_compiled_in(self) -> bool {
        match self {
            Self::Flex => cfg!(feature = "flex"),
            Self::NdArray => cfg!(feature = "ndarray"),
            Self::Wgpu => cfg!(feature = "wgpu"),
            Self::Vulkan => cfg!(feature = "vulkan"),
            Self::Metal => cfg!(feature = "metal"),
            Self::Cuda => cfg!(feature = "cuda"),
            Self::Rocm => cfg!(feature = "rocm"),
            Self::Cpu => cfg!(feature = "cpu"),
        }
    }

    /// The devices of this backend that the machine has; none if it isn't compiled in.
    fn present(self) -> Vec<Device> {
        #[allow(unused_imports)]
        use burn::tensor::DeviceType;
        match self {
            #[cfg(feature = "flex")]
            Self::Flex => vec![Device::flex()],
            #[cfg(feature = "ndarray")]
            #[allow(deprecated)]
            // burn means to drop it; striate keeps it for parity as long as it is there.
            Self::NdArray => vec![Device::ndarray()],
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Device::enumerate(DeviceType::Wgpu).into_vec(),
            #[cfg(feature = "vulkan")]
            Self::Vulkan => Device::enumerate(DeviceType::Vulkan).into_vec(),
            #[cfg(feature = "metal")]
            Self::Metal => Device::enumerate(DeviceType::Metal).into_vec(),
            #[cfg(feature = "cuda")]
            Self::Cuda => Device::enumerate(DeviceType::Cuda).into_vec(),
            #[cfg(feature = "rocm")]
            Self::Rocm => Device::enumerate(DeviceType::Rocm).into_vec(),
            #[cfg(feature = "cpu")]
            Self::Cpu => Device::enumerate(DeviceType::Cpu).into_vec(),
            #[allow(unreachable_patterns)]
            _ => Vec::new(),
        }
    }
}

/// A backend and the number of one of its devices, written `cuda:1`; without a number it is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeviceName {
    /// The backend.
    pub backend: Backend,
    /// Which of the backend's devices, from 0.
    pub index: usize,
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            0 => f.write_str(self.backend.name()),
            index => write!(f, "{}:{index}", self.backend.name()),
        }
    }
}

impl FromStr for DeviceName {
    type Err = DeviceError;

    fn from_str(name: &str) -> Result<Self, DeviceError> {
        let (backend, index) = name.split_once(':').unwrap_or((name, "0"));
        let index = index.parse().map_err(|_| DeviceError::BadIndex { name: name.into() })?;
        match Backend::ALL.into_iter().find(|known| known.name() == backend) {
            Some(backend) => Ok(Self { backend, index }),
            None => Err(DeviceError::UnknownBackend { name: backend.into() }),
        }
    }
}

/// Why there is no such device.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceError {
    /// No backend has this name.
    #[error("unknown backend {name:?}{}; known: {}; {}", did_you_mean(name), names(Backend::ALL), there_is())]
    UnknownBackend {
        /// The name that was given.
        name: String,
    },
    /// What follows the colon is no number.
    #[error("device {name:?}: what follows the colon must be a number, as in \"cuda:1\"")]
    BadIndex {
        /// The name that was given.
        name: String,
    },
    /// The backend exists but this build is without it.
    #[error("backend {name:?} is not compiled in; build with `--features {name}`; {}", there_is())]
    NotCompiledIn {
        /// The backend's name.
        name: &'static str,
    },
    /// The machine has no such device.
    #[error("device {name} is not present: {} device(s) of that backend were found; {}", found, there_is())]
    NotPresent {
        /// The device that was asked for.
        name: DeviceName,
        /// How many devices the backend has here.
        found: usize,
    },
}

fn did_you_mean(name: &str) -> String {
    match nearest(name, Backend::ALL.map(Backend::name)) {
        Some(near) => format!(", did you mean {near:?}?"),
        None => String::new(),
    }
}

fn names(backends: impl IntoIterator<Item = Backend>) -> String {
    backends.into_iter().map(Backend::name).collect::<Vec<_>>().join(", ")
}

fn there_is() -> String {
    let compiled = names(Backend::ALL.into_iter().filter(|backend| backend.is_compiled_in()));
    let present = devices().iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>().join(", ");
    format!("compiled in: {compiled}; present here: {present}")
}

/// Every device that this build can use on this machine, with its name.
pub fn devices() -> Vec<(DeviceName, Device)> {
    Backend::ALL
        .into_iter()
        .flat_map(|backend| {
            let named = move |(index, device)| (DeviceName { backend, index }, device);
            backend.present().into_iter().enumerate().map(named)
        })
        .collect()
}

/// Finds a device by name, such as `flex`, `wgpu` or `cuda:1`.
///
/// ```
/// let device = striate_backend::device("flex")?;
/// assert!(striate_backend::device("flax").unwrap_err().to_string().contains("did you mean \"flex\"?"));
/// # Ok::<(), striate_backend::DeviceError>(())
/// ```
///
/// # Errors
/// An unknown name, a backend that isn't compiled in, a device that the machine hasn't: the error lists what is
/// compiled in and what is present.
pub fn device(name: &str) -> Result<Device, DeviceError> {
    let name: DeviceName = name.parse()?;
    if !name.backend.is_compiled_in() {
        return Err(DeviceError::NotCompiledIn { name: name.backend.name() });
    }
    let mut present = name.backend.present();
    if name.index >= present.len() {
        return Err(DeviceError::NotPresent { name, found: present.len() });
    }
    Ok(present.swap_remove(name.index))
}
