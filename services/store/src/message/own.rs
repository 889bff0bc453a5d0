//! What each kind of actor takes out of a [`Message`]; it gives back what is none of its business.

use super::{Message, ToBook, ToBucket, ToDevice, ToShopper, ToZone};

macro_rules! takes {
    ($own:ty, $kind:ident) => {
        impl TryFrom<Message> for $own {
            type Error = Message;

            fn try_from(message: Message) -> Result<Self, Message> {
                match message {
                    Message::$kind(own) => Ok(own),
                    Message::Describe(answer) => Ok(Self::Describe(answer)),
                    other => Err(other),
                }
            }
        }
    };
}

takes!(ToDevice, Device);
takes!(ToZone, Zone);
takes!(ToBucket, Bucket);
takes!(ToShopper, Shopper);
takes!(ToBook, Book);
