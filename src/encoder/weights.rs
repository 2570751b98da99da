//! A typed DistilBERT: what the forward pass needs, parsed once.

use super::blocks::Blocks;
#[cfg(any(test, feature = "gpu"))]
use super::shapes::checked;
use crate::error::Result;

/// A matrix of int8 values with one scale for each output.
///
/// `value[output][input] ≈ scales[output] * values[output * inputs + input]`.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizedMatrix {
    /// How many values make one output.
    pub inputs: usize,
    /// How many outputs, each with its own scale.
    pub outputs: usize,
    /// Row-major `[outputs, inputs]`.
    pub values: Vec<i8>,
    /// The size of one step, by output.
    pub scales: Vec<f32>,
}

impl QuantizedMatrix {
    /// Rounds `[outputs, inputs]` floats to 255 steps between ± each row's
    /// largest magnitude.
    pub fn quantize(inputs: usize, rows: &[f32]) -> Self {
        let mut values = Vec::with_capacity(rows.len());
        let scales: Vec<f32> = rows
            .chunks_exact(inputs)
            .map(|row| {
                let largest = row.iter().fold(0f32, |max, value| max.max(value.abs()));
                let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
                values.extend(row.iter().map(|value| (value / scale).round_ties_even() as i8));
                scale
            })
            .collect();
        Self { inputs, outputs: scales.len(), values, scales }
    }

    /// The row of one output.
    pub fn row(&self, output: usize) -> &[i8] {
        &self.values[output * self.inputs..][..self.inputs]
    }
}

/// Writes the int8 values of a row, given its number, and gives their scale.
pub type ReadRow<'a> = dyn FnMut(usize, &mut [i8]) -> f32 + 'a;

/// A matrix that is read row by row; 4 bits stay as the file has them until then.
#[derive(Clone, Debug, PartialEq)]
pub enum Weight {
    /// One scale for each row.
    Int8(QuantizedMatrix),
    /// 4 bits.
    Blocks(Blocks),
}

impl Weight {
    /// Rows and columns.
    pub fn dims(&self) -> [usize; 2] {
        match self {
            Self::Int8(matrix) => [matrix.outputs, matrix.inputs],
            Self::Blocks(blocks) => blocks.dims(),
        }
    }

    /// Writes the floats of a row.
    pub fn read_row(&self, row: usize, floats: &mut [f32]) {
        match self {
            Self::Int8(matrix) => {
                let scale = matrix.scales[row];
                for (float, &value) in floats.iter_mut().zip(matrix.row(row)) {
                    *float = f32::from(value) * scale;
                }
            }
            Self::Blocks(blocks) => blocks.read_row(row, floats),
        }
    }

    /// Reads rows of `[columns]` as int8; see [`Blocks::int8_rows`].
    pub fn int8_rows(&self) -> Box<ReadRow<'_>> {
        match self {
            Self::Int8(matrix) => Box::new(|row, values| {
                values.copy_from_slice(matrix.row(row));
                matrix.scales[row]
            }),
            Self::Blocks(blocks) => {
                let mut rows = blocks.int8_rows();
                Box::new(move |row, values| rows.read(row, values))
            }
        }
    }

    /// All rows as int8.
    pub fn quantized(&self) -> QuantizedMatrix {
        let [outputs, inputs] = self.dims();
        let mut values = vec![0; outputs * inputs];
        let mut read = self.int8_rows();
        let rows = values.chunks_exact_mut(inputs).enumerate();
        let scales = rows.map(|(row, values)| read(row, values)).collect();
        QuantizedMatrix { inputs, outputs, values, scales }
    }
}

impl From<QuantizedMatrix> for Weight {
    fn from(matrix: QuantizedMatrix) -> Self {
        Self::Int8(matrix)
    }
}

/// `y = x Wᵀ + b`.
#[derive(Clone, Debug)]
pub struct Linear {
    /// `[outputs, inputs]`.
    pub weight: Weight,
    /// `[outputs]`.
    pub bias: Vec<f32>,
}

/// A linear layer kept in `f32`.
#[derive(Clone, Debug)]
pub struct DenseLinear {
    /// Row-major `[outputs, inputs]`.
    pub weight: Vec<f32>,
    /// `[outputs]`.
    pub bias: Vec<f32>,
}

impl DenseLinear {
    /// The weights of one output.
    pub fn row(&self, output: usize) -> &[f32] {
        let inputs = self.weight.len() / self.bias.len();
        &self.weight[output * inputs..][..inputs]
    }

    /// `[inputs] -> [outputs]`.
    pub fn apply(&self, x: &[f32]) -> Vec<f32> {
        let dot = |row: &[f32]| row.iter().zip(x).map(|(w, x)| w * x).sum::<f32>();
        self.bias.iter().enumerate().map(|(output, bias)| bias + dot(self.row(output))).collect()
    }
}

/// Layer normalisation over the hidden size.
#[derive(Clone, Debug)]
pub struct LayerNorm {
    /// `[hidden]`.
    pub weight: Vec<f32>,
    /// `[hidden]`.
    pub bias: Vec<f32>,
}

/// What a token's hidden state starts from.
#[derive(Clone, Debug)]
pub struct Embeddings {
    /// `[vocabulary, hidden]`.
    pub words: Weight,
    /// Row-major `[positions, hidden]`.
    pub positions: Vec<f32>,
    /// Applied to their sum.
    pub norm: LayerNorm,
}

impl Embeddings {
    /// The width of a hidden state.
    pub fn hidden(&self) -> usize {
        let [_, hidden] = self.words.dims();
        hidden
    }

    /// The most tokens of one window.
    pub fn max_positions(&self) -> usize {
        self.positions.len() / self.hidden()
    }

    /// Words and positions of one window, `[tokens, hidden]`, before the norm.
    pub fn sum(&self, ids: &[u32], states: &mut [f32]) {
        let hidden = self.hidden();
        let states = states.chunks_exact_mut(hidden).zip(self.positions.chunks_exact(hidden));
        for (&id, (state, position)) in ids.iter().zip(states) {
            self.words.read_row(id as usize, state);
            state.iter_mut().zip(position).for_each(|(sum, position)| *sum += position);
        }
    }
}

/// One transformer layer.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Queries.
    pub query: Linear,
    /// Keys.
    pub key: Linear,
    /// Values.
    pub value: Linear,
    /// After attention.
    pub attention_out: Linear,
    /// After the first residual.
    pub attention_norm: LayerNorm,
    /// Hidden size to the feed-forward size.
    pub feed_forward_in: Linear,
    /// And back.
    pub feed_forward_out: Linear,
    /// After the second residual.
    pub output_norm: LayerNorm,
}

/// How hidden states become logits.
#[derive(Clone, Debug)]
pub enum Head {
    /// Mean over the tokens, then linear: explains itself token by token.
    MeanPool(DenseLinear),
    /// The stock head of `DistilBertForSequenceClassification`: first token,
    /// linear, ReLU, linear.
    FirstToken {
        /// `[hidden, hidden]`.
        pre_classifier: DenseLinear,
        /// `[labels, hidden]`.
        classifier: DenseLinear,
    },
}

impl Head {
    /// How many logits it gives.
    pub fn labels(&self) -> usize {
        match self {
            Self::MeanPool(linear) | Self::FirstToken { classifier: linear, .. } => {
                linear.bias.len()
            }
        }
    }
}

/// Layers from the input upwards, each read when it is asked for.
pub type Layers<'a> = Box<dyn Iterator<Item = Result<Layer>> + 'a>;

/// A whole DistilBERT classifier.
#[derive(Clone, Debug)]
pub struct Weights<L = Vec<Layer>> {
    /// Attention heads; the hidden size is a multiple of it.
    pub heads: usize,
    /// The embedding tables.
    pub embeddings: Embeddings,
    /// From the input upwards.
    pub layers: L,
    /// The classification head.
    pub head: Head,
}

#[cfg(any(test, feature = "gpu"))]
impl Weights<Layers<'_>> {
    /// All of it in memory.
    ///
    /// # Errors
    /// Those of the layers.
    pub fn with_all_layers(self) -> Result<Weights> {
        let Self { heads, embeddings, layers, head } = self;
        let layers = layers.collect::<Result<Vec<_>>>()?;
        checked(!layers.is_empty(), Weights { heads, embeddings, layers, head })
    }
}
