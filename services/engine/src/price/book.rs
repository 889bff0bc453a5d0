//! What things cost, and from when.

use serde::{Deserialize, Serialize};

use super::{Currency, Money, TaxIx, TaxMode, TaxRate};
use crate::{layout::ProductIx, time::Time};

/// The prices of one store over event time. Serialisable: it is part of what survives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceBook {
    currency: Currency,
    mode: TaxMode,
    rates: Vec<TaxRate>,
    products: Vec<Tag>,
}

/// One product's prices, ascending in time; the first also holds before its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Tag {
    tax: TaxIx,
    prices: Vec<(Time, i64)>,
}

/// Why a price was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Nobody pays to get rid of goods.
    #[error("the price {0} is negative")]
    Negative(Money),
    /// A price in another currency than the store's.
    #[error("the price is in {given}, but the store sells in {store}")]
    Currency {
        /// The price's.
        given: Currency,
        /// The store's.
        store: Currency,
    },
    /// The list of products ends before it.
    #[error("product {} is not in the price book", .0.0)]
    UnknownProduct(ProductIx),
}

impl PriceBook {
    /// A book for a store that sells in `currency`, without products.
    #[must_use]
    pub const fn new(currency: Currency, mode: TaxMode, rates: Vec<TaxRate>) -> Self {
        Self {
            currency,
            mode,
            rates,
            products: Vec::new(),
        }
    }

    /// Adds the next product of the layout's list with its opening price.
    ///
    /// # Errors
    /// When the price is negative or in another currency.
    pub fn push(&mut self, price: Money, tax: TaxIx) -> Result<ProductIx, PriceError> {
        self.check(price)?;
        let ix = u32::try_from(self.products.len()).unwrap_or(u32::MAX);
        self.products.push(Tag {
            tax,
            prices: vec![(Time(i64::MIN), price.minor)],
        });
        Ok(ProductIx(ix))
    }

    /// From `from` on, `product` costs `price`. Saying it twice changes nothing.
    ///
    /// # Errors
    /// When the price is negative or in another currency, or the product unknown.
    pub fn change(
        &mut self,
        product: ProductIx,
        price: Money,
        from: Time,
    ) -> Result<(), PriceError> {
        self.check(price)?;
        let tag = self
            .products
            .get_mut(product.at())
            .ok_or(PriceError::UnknownProduct(product))?;
        match tag.prices.binary_search_by_key(&from, |p| p.0) {
            Ok(at) => tag.prices[at].1 = price.minor,
            Err(at) => tag.prices.insert(at, (from, price.minor)),
        }
        Ok(())
    }

    /// The price of one at that instant; `None` when the product is unknown.
    #[must_use]
    pub fn price_at(&self, product: ProductIx, time: Time) -> Option<Money> {
        let tag = self.products.get(product.at())?;
        let until = tag.prices.partition_point(|p| p.0 <= time);
        let &(_, minor) = tag.prices.get(until.saturating_sub(1))?;
        Some(Money::new(minor, self.currency))
    }

    /// The product's rate of tax.
    #[must_use]
    pub fn tax_of(&self, product: ProductIx) -> Option<TaxIx> {
        self.products.get(product.at()).map(|tag| tag.tax)
    }

    /// The store's currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Whether the prices contain the tax.
    #[must_use]
    pub const fn mode(&self) -> TaxMode {
        self.mode
    }

    /// The rates of tax.
    #[must_use]
    pub fn rates(&self) -> &[TaxRate] {
        &self.rates
    }

    fn check(&self, price: Money) -> Result<(), PriceError> {
        if price.currency != self.currency {
            return Err(PriceError::Currency {
                given: price.currency,
                store: self.currency,
            });
        }
        if price.minor < 0 {
            return Err(PriceError::Negative(price));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_holds_from_its_time_on() {
        let eur = Currency::from_code("EUR").unwrap();
        let mut book = PriceBook::new(eur, TaxMode::Included, Vec::new());
        let bun = book.push(Money::new(100, eur), TaxIx(0)).unwrap();
        book.change(bun, Money::new(120, eur), Time(50)).unwrap();
        book.change(bun, Money::new(90, eur), Time(20)).unwrap();
        book.change(bun, Money::new(90, eur), Time(20)).unwrap();
        let at = |t| book.price_at(bun, Time(t)).map(|m| m.minor);
        assert_eq!(
            [at(0), at(19), at(20), at(49), at(50)].map(Option::unwrap),
            [100, 100, 90, 90, 120]
        );
        assert_eq!(book.price_at(ProductIx(1), Time(0)), None);
    }

    #[test]
    fn a_negative_or_foreign_price_is_refused() {
        let eur = Currency::from_code("EUR").unwrap();
        let usd = Currency::from_code("USD").unwrap();
        let mut book = PriceBook::new(eur, TaxMode::Included, Vec::new());
        assert!(book.push(Money::new(-1, eur), TaxIx(0)).is_err());
        assert!(book.push(Money::new(1, usd), TaxIx(0)).is_err());
        assert!(
            book.change(ProductIx(7), Money::new(1, eur), Time(0))
                .is_err()
        );
    }
}
