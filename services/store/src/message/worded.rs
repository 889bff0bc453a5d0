//! An answer in the protocol's words and, between nodes, in its form.

use std::any::type_name;

use prost::Message;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// What somebody says in the protocol's words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Worded<M>(pub M);

impl<M: Message> Serialize for Worded<M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.encode_to_vec().serialize(serializer)
    }
}

impl<'de, M: Message + Default> Deserialize<'de> for Worded<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Vec::<u8>::deserialize(deserializer)?;
        let message = M::decode(&*bytes);
        let unread = |error| D::Error::custom(format_args!("no {}: {error}", type_name::<M>()));
        message.map(Self).map_err(unread)
    }
}
