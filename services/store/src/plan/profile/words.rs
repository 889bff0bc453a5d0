//! What the made-up shops sell: invented brands, and sixty kinds of goods.

/// A kind of goods. Kinds of one shelf group follow each other on the shelves.
pub(super) struct Kind {
    /// What it is called.
    pub(super) noun: &'static str,
    /// Where in the shop it belongs.
    pub(super) group: Group,
    /// What its packs hold, in grams or millilitres.
    pub(super) sizes: &'static [u32],
    /// Weight of the pack itself, as a share of what it holds.
    pub(super) tare: f64,
    /// Price of 100 g or 100 ml, in cents.
    pub(super) cents: f64,
}

/// Shelf groups, in the order in which they stand in the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Water,
    Soft,
    Chilled,
    Salty,
    Sweet,
    Pantry,
    Home,
}

impl Group {
    /// What its packs are measured in.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::Water | Self::Soft => "ml",
            _ => "g",
        }
    }

    /// Whether the reduced rate for food applies.
    pub(super) fn is_food(self) -> bool {
        !matches!(self, Self::Water | Self::Soft | Self::Home)
    }

    pub(super) fn flavours(self) -> &'static [&'static str] {
        match self {
            Self::Water => &["Still", "Fine", "Sparkling", "Lemon", "Lime", "Elderflower"],
            Self::Soft => &[
                "Classic",
                "Sugar-Free",
                "Cherry",
                "Mango",
                "Ginger",
                "Peach",
            ],
            Self::Chilled => &["Natural", "Mild", "Herb", "Organic", "Light", "Country"],
            Self::Salty => &["Salted", "Paprika", "Pepper", "Chili", "Vinegar", "Onion"],
            Self::Sweet => &["Original", "Hazelnut", "Dark", "Caramel", "Sour", "Vanilla"],
            Self::Pantry => &["Fine", "Wholegrain", "Organic", "Rustic", "Spicy", "Extra"],
            Self::Home => &["Fresh", "Sensitive", "Ocean", "Lavender", "Citrus", "Pure"],
        }
    }
}

pub(super) const BRANDS: [&str; 24] = [
    "Quellgrund",
    "Fjordal",
    "Mirabo",
    "Tavelle",
    "Oskani",
    "Brackwater",
    "Lumeno",
    "Pintoro",
    "Vesterly",
    "Karuma",
    "Solbrook",
    "Nimbra",
    "Altaro",
    "Hedgefield",
    "Corvello",
    "Zirbel",
    "Marinda",
    "Ostwick",
    "Peluna",
    "Rivoso",
    "Tamsel",
    "Ulmira",
    "Windhok",
    "Yarrowin",
];

const fn kind(
    noun: &'static str,
    group: Group,
    sizes: &'static [u32],
    tare: f64,
    cents: f64,
) -> Kind {
    Kind {
        noun,
        group,
        sizes,
        tare,
        cents,
    }
}

/// The kinds; a small shop sells the first of them only.
pub(super) const KINDS: [Kind; 60] = [
    kind("Water", Group::Water, &[500, 1000, 1500], 0.05, 14.0),
    kind("Cola", Group::Soft, &[330, 500, 1000], 0.05, 30.0),
    kind("Iced Tea", Group::Soft, &[500, 330, 1500], 0.05, 28.0),
    kind("Energy Drink", Group::Soft, &[250, 355, 500], 0.07, 60.0),
    kind("Crisps", Group::Salty, &[60, 110, 175], 0.06, 150.0),
    kind(
        "Tortilla Chips",
        Group::Salty,
        &[105, 200, 300],
        0.05,
        120.0,
    ),
    kind("Pretzels", Group::Salty, &[180, 250, 400], 0.04, 80.0),
    kind("Peanuts", Group::Salty, &[200, 150, 500], 0.04, 110.0),
    kind("Chocolate Bar", Group::Sweet, &[50, 100, 200], 0.03, 180.0),
    kind("Gummi Bears", Group::Sweet, &[145, 200, 300], 0.03, 95.0),
    kind("Chewing Gum", Group::Sweet, &[8, 14, 60], 0.05, 700.0),
    kind("Cookies", Group::Sweet, &[140, 88, 250], 0.08, 110.0),
    kind("Sandwich", Group::Chilled, &[180, 210, 240], 0.08, 200.0),
    kind("Yoghurt", Group::Chilled, &[150, 250, 500], 0.06, 55.0),
    kind("Granola Bar", Group::Sweet, &[35, 45, 60], 0.05, 220.0),
    kind("Smoothie", Group::Chilled, &[250, 330, 750], 0.09, 110.0),
    kind("Lemonade", Group::Soft, &[330, 500, 750], 0.06, 34.0),
    kind("Popcorn", Group::Salty, &[30, 90, 150], 0.10, 190.0),
    kind("Iced Coffee", Group::Chilled, &[230, 250, 330], 0.08, 90.0),
    kind("Crackers", Group::Salty, &[100, 150, 200], 0.06, 140.0),
    kind("Muffin", Group::Sweet, &[75, 110, 300], 0.05, 170.0),
    kind("Trail Mix", Group::Salty, &[150, 200, 270], 0.04, 150.0),
    kind("Salad Bowl", Group::Chilled, &[220, 300, 350], 0.10, 160.0),
    kind("Fruit Juice", Group::Soft, &[250, 330, 1000], 0.06, 48.0),
    kind("Wafers", Group::Sweet, &[75, 150, 250], 0.05, 120.0),
    kind("Beef Jerky", Group::Salty, &[25, 50, 75], 0.12, 700.0),
    kind("Mints", Group::Sweet, &[12, 16, 50], 0.15, 600.0),
    kind("Sports Drink", Group::Soft, &[500, 750, 330], 0.06, 36.0),
    kind(
        "Instant Noodles",
        Group::Pantry,
        &[65, 80, 110],
        0.10,
        150.0,
    ),
    kind("Paper Tissues", Group::Home, &[25, 90, 180], 0.05, 90.0),
    kind("Milk", Group::Chilled, &[1000, 500, 1500], 0.03, 13.0),
    kind("Butter", Group::Chilled, &[250, 125, 500], 0.02, 95.0),
    kind(
        "Sliced Cheese",
        Group::Chilled,
        &[150, 200, 400],
        0.06,
        130.0,
    ),
    kind("Cream Cheese", Group::Chilled, &[175, 200, 300], 0.08, 95.0),
    kind("Ham", Group::Chilled, &[100, 150, 200], 0.08, 190.0),
    kind("Salami", Group::Chilled, &[80, 100, 150], 0.08, 240.0),
    kind("Hummus", Group::Chilled, &[175, 200, 250], 0.07, 110.0),
    kind("Pudding", Group::Chilled, &[125, 200, 500], 0.06, 60.0),
    kind("Pasta", Group::Pantry, &[500, 250, 1000], 0.01, 28.0),
    kind("Rice", Group::Pantry, &[500, 1000, 250], 0.01, 32.0),
    kind("Flour", Group::Pantry, &[1000, 500, 1900], 0.01, 12.0),
    kind("Sugar", Group::Pantry, &[500, 1000, 250], 0.01, 18.0),
    kind("Muesli", Group::Pantry, &[375, 500, 750], 0.05, 65.0),
    kind("Cornflakes", Group::Pantry, &[375, 250, 500], 0.14, 70.0),
    kind("Tomato Sauce", Group::Pantry, &[400, 350, 500], 0.45, 60.0),
    kind("Canned Beans", Group::Pantry, &[400, 240, 800], 0.12, 30.0),
    kind("Canned Tuna", Group::Pantry, &[80, 150, 185], 0.25, 140.0),
    kind("Olive Oil", Group::Pantry, &[500, 250, 750], 0.55, 140.0),
    kind("Mustard", Group::Pantry, &[200, 250, 370], 0.50, 70.0),
    kind("Jam", Group::Pantry, &[340, 220, 450], 0.50, 85.0),
    kind("Honey", Group::Pantry, &[250, 500, 350], 0.45, 120.0),
    kind("Coffee", Group::Pantry, &[250, 500, 1000], 0.03, 160.0),
    kind("Tea Bags", Group::Pantry, &[35, 50, 75], 0.40, 450.0),
    kind("Soup", Group::Pantry, &[390, 300, 800], 0.13, 65.0),
    kind("Crispbread", Group::Pantry, &[200, 250, 400], 0.05, 75.0),
    kind("Dish Soap", Group::Home, &[500, 750, 1000], 0.10, 35.0),
    kind("Shampoo", Group::Home, &[250, 300, 400], 0.14, 120.0),
    kind("Toothpaste", Group::Home, &[75, 100, 125], 0.25, 260.0),
    kind("Hand Soap", Group::Home, &[300, 250, 500], 0.18, 80.0),
    kind("Pet Food", Group::Home, &[100, 400, 800], 0.12, 60.0),
];
