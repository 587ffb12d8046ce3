//! Looking inside networks: what they see, where they look, what they respond to.
//!
//! Every method is a run over a [`Network`](striate_network::Network), cut at the layers in question, with gradients where
//! it needs some; no network has code of its own. A [`Target`] says which number of the network is explained, an
//! [`Explainer`] holds the network, and each method is a builder that ends with `run`:
//!
//! - [`GradCam`]: where a class is seen (Selvaraju et al. 2017).
//! - [`Saliency`]: which px change the answer (Simonyan et al. 2014), with [`SmoothGrad`] (Smilkov et al. 2017).
//! - [`IntegratedGradients`]: how much each value adds to the answer (Sundararajan et al. 2017).
//! - [`Occlusion`]: which parts of the picture the answer needs (Zeiler & Fergus 2014).
//! - [`FeatureVisualization`]: a picture that a unit responds to (Olah et al. 2017, Lucid).
//! - [`Explainer::feature_maps`] and [`Filters`]: what a layer gives, and what it has learned.
//! - [`Pca`] and [`TSne`]: maps of many pictures' features.
//!
//! Results are plain numbers ([`HeatMap`], [`Attribution`]); [`render`] makes pictures of them, and a [`Report`] puts
//! pictures into one HTML file.
//!
//! ```
//! use burn::Tensor;
//! use striate_explain::{Explainer, GradCam, Target};
//! use striate_layers::{Activation, Conv2d, Dense, Flatten};
//! use striate_network::NetworkSpec;
//!
//! let mut net = NetworkSpec::builder("small");
//! let images = net.input("images", [1, 8, 8]);
//! let x = net.add("conv1", Conv2d::new(4, 3).same().activation(Activation::Relu), images);
//! let x = net.add("flatten", Flatten::new(), x);
//! let x = net.add("fc", Dense::new(10), x);
//! let device = striate_backend::device("flex")?;
//! let explainer = Explainer::new(&net.output(x).build()?.init(42, &device))?;
//!
//! let image = Tensor::<3>::ones([1, 8, 8], &device);
//! let cam = GradCam::new().run(&explainer, &image, &Target::class(3))?;
//! assert_eq!((cam.layer.as_str(), cam.map.size()), ("conv1", [8, 8]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod embedding;
mod error;
mod explainer;
mod feature_maps;
mod filters;
mod grad_cam;
mod integrated_gradients;
mod maps;
mod occlusion;
mod part;
mod pixels;
pub mod render;
mod report;
mod saliency;
mod target;
mod visualize;

pub use embedding::{Pca, TSne};
pub use error::ExplainError;
pub use explainer::Explainer;
pub use feature_maps::FeatureMaps;
pub use filters::Filters;
pub use grad_cam::{Cam, CamWeights, Evidence, GradCam};
pub use integrated_gradients::{Baseline, Integral, IntegratedGradients, PathRule};
pub use maps::{Attribution, HeatMap, Reduction};
pub use occlusion::{Fill, Measure, Occlusion};
pub use report::Report;
pub use saliency::{Saliency, SmoothGrad};
pub use target::{Choice, Place, Target};
pub use visualize::{FeatureVisualization, Parametrization, Visualized};
