//! One layer's weights, as Keras's `layer.get_weights()` and `layer.set_weights()`.

use burn::module::Module;

use crate::path::Path;
use crate::state::{Copy, Load, Shapes, difference};
use crate::{Network, NetworkError, State};

impl Network {
    /// A copy of a layer's weights on the host, by their names within the layer, such as `weight` and `bias`.
    ///
    /// # Errors
    /// If there is no such layer.
    pub fn layer_state(&self, name: &str) -> Result<State, NetworkError> {
        let mut copy = Copy::default();
        if let Some(owned) = self.layer_of(self.spec().number(name)?) {
            owned.layer.visit(&mut copy);
        }
        Ok(copy.state)
    }

    /// The network with these weights of one layer.
    ///
    /// ```
    /// # use burn::tensor::TensorData;
    /// # use striate_layers::Conv2d;
    /// # use striate_network::{NetworkSpec, State};
    /// let mut net = NetworkSpec::builder("sobel");
    /// let images = net.input("images", [Some(1), None, None]);
    /// let x = net.add("sobel", Conv2d::new(1, 3).same().no_bias(), images);
    /// let network = net.output(x).build()?.init(0, &striate_backend::device("flex")?);
    /// let kernel = TensorData::from([[[[-1f32, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]]]);
    /// let network = network.with_layer_state("sobel", State::from([("weight".into(), kernel)]))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such layer, or a weight is missing, of a wrong shape, or of no parameter.
    pub fn with_layer_state(self, name: &str, mut state: State) -> Result<Self, NetworkError> {
        let number = self.spec().number(name)?;
        let owner = self.spec().owner(number);
        let mut shapes = Shapes::default();
        if let Some(owned) = self.layer_of(number) {
            owned.layer.visit(&mut shapes);
        }
        let difference = difference(&shapes.found, &state);
        if !difference.is_empty() {
            return Err(NetworkError::Weights { network: name.into(), difference: Box::new(difference) });
        }
        let owner = self.spec().nodes()[owner].name().to_string();
        Ok(self.map_nodes(|node, layer| match node.name() == owner {
            true => layer.map(&mut Load { path: Path::default(), state: &mut state }),
            false => layer,
        }))
    }
}
