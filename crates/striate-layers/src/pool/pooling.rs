//! What maximum and average pooling have in common: the rules of their windows.

use crate::check::check_sizes;
use crate::layer::only_float_input;
use crate::window::{MAX_SPAN, Padding, Window, output_sides, side_paddings, windows};
use crate::{DataFormat, LayerError, Shape, Signature, Size};

/// Windows over pictures of `D` directions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pooling<const D: usize> {
    pub(super) kind: &'static str,
    pub(super) pool_size: Size<D>,
    pub(super) stride: Option<Size<D>>,
    pub(super) padding: Padding<D>,
    pub(super) dilation: Size<D>,
    pub(super) ceil_mode: bool,
    pub(super) data_format: DataFormat,
}

/// The windows' way over one side of a known length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Way {
    pub(super) window: Window,
    pub(super) side: usize,
    /// What the config adds before and after the side.
    pub(super) padding: (usize, usize),
    /// The number of windows.
    pub(super) count: usize,
}

impl Way {
    /// One window for each px.
    pub(super) fn of_each_px(side: usize) -> Self {
        Self { window: Window { size: 1, stride: 1, dilation: 1 }, side, padding: (0, 0), count: side }
    }

    /// How far the last window reaches over the side's end, in px.
    pub(super) fn overhang(&self) -> usize {
        let extent = self.window.extent().expect("the shape rule has checked the window");
        ((self.count - 1) * self.window.stride + extent).saturating_sub(self.side + self.padding.0)
    }

    /// Whether as many windows result if both ends are padded alike, as burn's operations do it.
    pub(super) fn is_alike(&self) -> bool {
        let padded = self.side + 2 * self.padding.0;
        let extent = self.window.extent().expect("the shape rule has checked the window");
        padded.checked_sub(extent).is_some_and(|room| room / self.window.stride + 1 == self.count)
    }

    /// Whether the px of some window all miss the side. Those that stand closer than the side is long can't.
    fn misses(&self) -> bool {
        self.window.size > 1 && self.window.dilation > self.side && self.taps(0, 0).any(|taps| taps == 0)
    }

    /// The px of each window within `before` px before the side and `after` px after it.
    pub(super) fn taps(&self, before: usize, after: usize) -> impl Iterator<Item = usize> {
        let way = *self;
        // Positions count from the padding's first px.
        let (first, end) = (way.padding.0 - before, way.padding.0 + way.side + after);
        (0..way.count).map(move |window| {
            let position = |tap: usize| window * way.window.stride + tap * way.window.dilation;
            (0..way.window.size).filter(|&tap| (first..end).contains(&position(tap))).count()
        })
    }
}

impl<const D: usize> Pooling<D> {
    fn windows(&self) -> [Window; D] {
        windows(self.pool_size, self.stride.unwrap_or(self.pool_size), self.dilation)
    }

    pub(super) fn validate(&self) -> Result<(), LayerError> {
        let stride = self.stride.unwrap_or(self.pool_size);
        check_sizes(self.kind, &[("pool_size", self.pool_size), ("stride", stride), ("dilation", self.dilation)])?;
        if let Padding::Explicit(amounts) = self.padding {
            // A window wholly in the padding would have nothing to pool.
            let windows = self.windows();
            let too_much = |d: usize| {
                let extent = windows[d].extent().unwrap_or(usize::MAX);
                amounts[d].iter().any(|&amount| amount >= extent)
            };
            if (0..D).any(too_much) {
                let rule = "each amount must be less than the px that a window spans on that side";
                return Err(LayerError::value(self.kind, "padding", amounts, rule));
            }
        }
        Ok(())
    }

    pub(super) fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let expected = || format!("one picture {}", self.data_format.axes(D));
        let input = only_float_input(self.kind, &expected(), inputs)?;
        let Some((channels, sides)) = self.data_format.split::<D>(input.shape.sides()) else {
            return Err(LayerError::input(self.kind, expected(), inputs)
                .with_fix("use the pooling of as many directions as the picture has"));
        };
        let Some(counts) = self.counts(sides) else {
            let window = self.pool_size.0.map(|side| side.to_string()).join("x");
            let expected = format!("a picture that a {window} window fits in");
            return Err(LayerError::input(self.kind, expected, inputs)
                .with_fix("use padding `same`, a smaller window, or a larger picture"));
        };
        let missed = |d: usize| {
            let spread = sides[d].zip(counts[d]).filter(|(side, _)| self.dilation.0[d] > *side);
            spread.is_some_and(|(side, count)| self.way(d, side, count).misses())
        };
        if (0..D).any(missed) {
            let expected = "a picture of which every window has a px";
            return Err(
                LayerError::input(self.kind, expected, inputs).with_fix("use less padding or a smaller dilation")
            );
        }
        Ok(Signature::float(Shape::new(self.data_format.join(channels, &counts))))
    }

    /// The number of windows on each side that is known; none if no window fits.
    fn counts(&self, sides: [Option<usize>; D]) -> Option<[Option<usize>; D]> {
        if sides.contains(&Some(0)) {
            return None;
        }
        let windows = self.windows();
        let Some(amounts) = self.amounts_of_ceil_mode() else {
            return output_sides(self.padding, sides, windows);
        };
        let mut counts = [None; D];
        for d in 0..D {
            let Window { stride, .. } = windows[d];
            let extent = windows[d].extent().filter(|extent| *extent <= MAX_SPAN)?;
            let Some(side) = sides[d] else { continue };
            let start = side.checked_add(amounts[d][0])?;
            let room = start.checked_add(amounts[d][1])?.checked_add(stride - 1)?.checked_sub(extent)?;
            let count = room / stride + 1;
            // PyTorch's rule: the last window starts within the side or the padding before it.
            counts[d] = Some(if (count - 1) * stride >= start { count - 1 } else { count });
        }
        Some(counts)
    }

    /// The elements of a sample of known sides that has to be padded before it is pooled; none if the operation pads.
    pub(super) fn padded(&self, input: &Signature) -> Option<usize> {
        let (channels, sides) = self.data_format.split::<D>(input.shape.sides())?;
        let mut known = [0; D];
        for (known, side) in known.iter_mut().zip(sides) {
            *known = side?;
        }
        let ways = self.ways(known);
        if ways.iter().all(Way::is_alike) {
            return None;
        }
        let padded = ways.iter().map(|way| way.padding.0 + way.side + way.overhang());
        padded.fold(channels, |product, side| product?.checked_mul(side))
    }

    /// What is added, if partial windows count too; `same` has no partial windows.
    fn amounts_of_ceil_mode(&self) -> Option<[[usize; 2]; D]> {
        match self.padding {
            Padding::Same => None,
            _ if !self.ceil_mode => None,
            Padding::Valid => Some([[0; 2]; D]),
            Padding::Explicit(amounts) => Some(amounts),
        }
    }

    fn way(&self, d: usize, side: usize, count: usize) -> Way {
        let mut sides = [1; D];
        sides[d] = side;
        let windows = self.windows();
        Way { window: windows[d], side, padding: side_paddings(self.padding, sides, windows)[d], count }
    }

    /// The windows' way over each side.
    ///
    /// # Panics
    /// If no window fits, or one has no px.
    pub(super) fn ways(&self, sides: [usize; D]) -> [Way; D] {
        let counts = self.counts(sides.map(Some));
        let counts = counts.unwrap_or_else(|| panic!("{}: no window fits in {sides:?}", self.kind));
        let ways = std::array::from_fn(|d| self.way(d, sides[d], counts[d].expect("the sides are known")));
        assert!(!ways.iter().any(Way::misses), "{}: a window has no px of {sides:?}", self.kind);
        ways
    }
}

/// The builder methods that both have.
macro_rules! pooling_builders {
    () => {
        /// Steps by this many px.
        pub fn stride(self, stride: impl Into<Size<D>>) -> Self {
            Self { stride: Some(stride.into()), ..self }
        }

        /// Pads so that the output's sides are `ceil(side / stride)`, as TensorFlow.
        pub fn same(self) -> Self {
            self.padding(Padding::Same)
        }

        /// Pads so; a number or one a direction is PyTorch's `padding=`.
        pub fn padding(self, padding: impl Into<Padding<D>>) -> Self {
            Self { padding: padding.into(), ..self }
        }

        /// Keeps a last window that reaches over the end, as PyTorch's `ceil_mode=True`.
        pub fn ceil_mode(self) -> Self {
            Self { ceil_mode: true, ..self }
        }

        $crate::builders::data_format_builder!();
    };
}
pub(super) use pooling_builders;

/// The rules and the module of a pooling with `pooling(&self) -> Pooling<D>` and `forward(&self, images)`.
macro_rules! pooling_layer {
    ($name:ident, $kinds:expr) => {
        impl<const D: usize, const R: usize> $name<D, R> {
            /// The elements of a sample that has to be padded before it is pooled; none if the operation pads.
            pub(crate) fn padded(&self, input: &Signature) -> Option<usize> {
                self.pooling().padded(input)
            }
        }

        impl<const D: usize, const R: usize> LayerSpec for $name<D, R> {
            const KIND: &'static str = $kinds[D - 1];

            fn validate(&self) -> Result<(), LayerError> {
                self.pooling().validate()
            }

            fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
                self.pooling().output(inputs)
            }

            $crate::layer::own_module!();
        }

        impl<const D: usize, const R: usize> LayerModule for $name<D, R> {
            fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
                self.forward(inputs.remove(0).float()).into()
            }
        }

        weightless!(const D, R; $name<D, R>);
    };
}
pub(super) use pooling_layer;
