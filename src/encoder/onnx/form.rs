//! Checks that the graph around the matrices is the one that the engine
//! computes: another one under the same names would be read wrongly.

use super::proto::NodeProto;
use super::tensor::is_zero_index;
use super::{Graph, attribute, unsupported};
use crate::error::Result;

impl<'a> Graph<'a> {
    /// The sum with this bias goes through the exact GELU: `Erf` of its
    /// quotient, or one node.
    pub(super) fn check_gelu(&self, bias: &str) -> Result<()> {
        let exact = |node: &NodeProto| match node.op_type.as_str() {
            "Gelu" => !approximate(node),
            "Div" | "Mul" => self.outputs_users(node).any(|user| user.op_type == "Erf"),
            _ => false,
        };
        if self.outputs_users(self.sum_with(bias)?).any(exact) {
            Ok(())
        } else {
            Err(unsupported(format!("What follows '{bias}' is not the exact GELU.")))
        }
    }

    /// The value is the first token's state.
    pub(super) fn check_first_token(&self, value: &str) -> Result<()> {
        let first = |node: &NodeProto| {
            let is_zero = |name| self.filled(name).is_ok_and(|index| is_zero_index(&index));
            node.op_type == "Gather"
                && attribute(node, "axis") == Some(1)
                && node.input.get(1).is_some_and(|name| is_zero(name))
        };
        if self.producer.get(value).is_some_and(|node| first(node)) {
            Ok(())
        } else {
            Err(unsupported("The pre_classifier does not read the first token."))
        }
    }

    /// The value is the rectified sum with this bias.
    pub(super) fn check_relu(&self, value: &str, bias: &str) -> Result<()> {
        let sum = &self.sum_with(bias)?.output;
        match self.producer.get(value) {
            Some(node) if node.op_type == "Relu" && node.input == *sum => Ok(()),
            _ => Err(unsupported(format!("What follows '{bias}' is not a ReLU."))),
        }
    }

    /// The value is a mean: of one token, or of their largest, it would not be.
    pub(super) fn check_mean(&self, value: &str) -> Result<()> {
        match self.producer.get(value).map(|node| node.op_type.as_str()) {
            Some("Div" | "ReduceMean") => Ok(()),
            _ => Err(unsupported("The classifier reads neither a pre_classifier nor a mean.")),
        }
    }

    /// The nodes that read what a node gives.
    fn outputs_users(&self, node: &'a NodeProto) -> impl Iterator<Item = &'a NodeProto> {
        let users = node.output.iter().filter_map(|output| self.users.get(output.as_str()));
        users.flatten().copied()
    }
}

/// Whether a `Gelu` is computed by `tanh`.
fn approximate(node: &NodeProto) -> bool {
    let attribute = node.attribute.iter().find(|attribute| attribute.name == "approximate");
    attribute.is_some_and(|attribute| attribute.s != "none")
}
