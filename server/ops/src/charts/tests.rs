//! What is drawn: whole, with gaps where gaps are, and never a value that is none.

use proptest::prelude::*;

use super::*;

const START: i64 = 1_772_521_200_000;
const MINUTE: i64 = 60_000;

fn chart() -> LineChart {
    let wave = |n: i64, base: f64| base + 0.12 * (n as f64 * 0.9).sin() + 0.08 * (n as f64 * 2.3).cos();
    let stable = (0..=60).map(|n| (START + n * MINUTE, Some(wave(n, 1.9)))).collect();
    let canary = (28..=60).map(|n| {
        let climb = if n > 43 { (n - 43) as f64 * 0.27 } else { 0.0 };
        (START + n * MINUTE, (!(36..39).contains(&n)).then_some(wave(n + 5, 1.9) + climb))
    });
    let canary = canary.collect();
    LineChart {
        title: "p95 latency of agent requests, by release".to_owned(),
        unit: "s".to_owned(),
        series: vec![
            Line { name: "stable r-2026.11.2".to_owned(), tone: Tone::Muted, points: stable },
            Line { name: "canary r-2026.11.3".to_owned(), tone: Tone::Bad, points: canary },
        ],
        target: Some((5.0, "target 5 s".to_owned())),
        marks: vec![
            Mark::at(START + 28 * MINUTE, "r-2026.11.3 → 25 %"),
            Mark {
                at: START + 45 * MINUTE,
                label: "INC-48 opened".to_owned(),
                tone: Tone::Bad,
                until: Some(START + 60 * MINUTE),
            },
        ],
        from: START,
        to: START + 60 * MINUTE,
    }
}

fn memory() -> LineChart {
    let points =
        (0..=288).map(|n| (START + n * 5 * MINUTE, (n != 100).then_some(70.0 + (n % 40) as f64 * 0.4)));
    LineChart {
        title: "Memory of the process".to_owned(),
        unit: "MB".to_owned(),
        series: vec![Line { name: "resident".to_owned(), tone: Tone::Ok, points: points.collect() }],
        target: Some((400.0, "limit 400 MB".to_owned())),
        marks: vec![],
        from: START,
        to: START + 24 * 60 * MINUTE,
    }
}

#[test]
fn a_small_chart_as_text() {
    let chart = LineChart {
        title: "Errors <now>".to_owned(),
        unit: "%".to_owned(),
        series: vec![Line {
            name: "errors".to_owned(),
            tone: Tone::Accent,
            points: vec![
                (0, Some(0.5)),
                (MINUTE, Some(1.5)),
                (2 * MINUTE, None),
                (3 * MINUTE, Some(f64::NAN)),
                (4 * MINUTE, Some(1.0)),
            ],
        }],
        target: Some((1.0, "target 1 %".to_owned())),
        marks: vec![Mark::at(MINUTE, "r-2")],
        from: 0,
        to: 4 * MINUTE,
    };
    let svg = chart.svg(Size { width: 120, height: 60 }).unwrap();
    insta::assert_snapshot!(svg.replace("><", ">\n<"));
}

#[test]
fn an_svg_takes_its_colors_from_the_page() {
    let svg = chart().svg(Size::WIDE).unwrap();
    assert!(!svg.contains('#') && !svg.contains("NaN") && !svg.contains("Inter"), "{svg}");
    assert!(svg.contains("role=\"img\"") && svg.contains("<title>p95 latency") && svg.contains("var(--bad)"));
    // The gap of the canary: two runs, and one of the stable release.
    assert_eq!(svg.matches("stroke-width=\"7\"").count(), 3, "{svg}");
}

#[test]
fn a_png_shows_something() {
    for (name, chart) in [("latency", chart()), ("memory", memory())] {
        for theme in [Theme::Dark, Theme::Light] {
            let bytes = chart.png(Size::WIDE, theme).unwrap();
            let mut reader = ::png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            let info = reader.next_frame(&mut pixels).unwrap();
            assert_eq!((info.width, info.height), (1520, 480), "{name}");
            let background = &pixels[..3];
            let drawn = pixels.chunks_exact(3).filter(|pixel| *pixel != background).count();
            assert!((10_000..400_000).contains(&drawn), "{name}: {drawn}");
            assert!(bytes.len() < 120_000, "{name}: {}", bytes.len());
        }
    }
}

#[test]
#[ignore = "writes pictures to look at"]
fn pictures_to_look_at() {
    let folder = std::env::temp_dir().join("holisticos-charts");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, chart) in [("latency", chart()), ("memory", memory())] {
        for (theme, word) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
            std::fs::write(folder.join(format!("{name}-{word}.png")), chart.png(Size::WIDE, theme).unwrap())
                .unwrap();
        }
        std::fs::write(folder.join(format!("{name}.svg")), chart.svg(Size::WIDE).unwrap()).unwrap();
        std::fs::write(folder.join(format!("{name}-narrow.svg")), chart.svg(Size::NARROW).unwrap()).unwrap();
    }
}

#[test]
fn a_value_whose_axis_would_have_no_end_is_not_drawn() {
    let mut chart = chart();
    chart.series[0].points[0].1 = Some(1.544_188e308);
    chart.target = Some((-1.7e308, "target".to_owned()));
    let svg = chart.svg(Size::NARROW).unwrap();
    assert!(!svg.contains("inf") && !svg.contains("NaN"), "{svg}");
}

#[test]
fn a_spark_lifts_the_pen_at_a_gap() {
    let line = sparkline(&[Some(1.0), Some(2.0), None, Some(1.0), None, Some(2.0), Some(0.0)], Tone::Muted);
    let path = line.split("d=\"").nth(1).unwrap().split('"').next().unwrap();
    insta::assert_snapshot!(path, @"M0.0 9.6L14.7 3.3M44.0 9.6h.1M73.3 3.3L88.0 16.0");
    assert!(sparkline(&[], Tone::Muted).contains("d=\"\""));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_values_can_be_drawn(
        values in prop::collection::vec(prop::option::of(any::<f64>()), 0..40),
        target in any::<f64>(), length in 0_i64..10_000_000_000, title in ".{0,20}",
    ) {
        let step = length / 40;
        let points = (0..).zip(&values).map(|(n, value)| (START + n * step, *value)).collect();
        let chart = LineChart {
            title,
            unit: "ms".to_owned(),
            series: vec![Line { name: "line".to_owned(), tone: Tone::Ok, points }],
            target: Some((target, "target".to_owned())),
            marks: vec![Mark::at(START + step, "mark")],
            from: START,
            to: START + length,
        };
        let svg = chart.svg(Size::NARROW).unwrap();
        let spark = signal(&values, Some(target), &[0.5], Tone::Bad);
        prop_assert!(!spark.contains("NaN") && !spark.contains("inf"));
        let drawn = svg.split("</desc>").nth(1).unwrap();
        prop_assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{}", svg);
        prop_assert!(svg.ends_with("</svg>") && svg.matches("<svg").count() == 1);
    }

    #[test]
    fn the_axis_reaches_the_highest_value(most in 1e-6..1e12_f64) {
        let ticks = axis::ticks(most, 4);
        let (first, last) = (ticks[0], ticks[ticks.len() - 1]);
        prop_assert!(first == 0.0 && last >= most * 0.998 && (2..=6).contains(&ticks.len()), "{:?}", ticks);
    }

    #[test]
    fn moments_are_few_and_within(from in 0_i64..2_000_000_000_000, length in 1_i64..40_000_000_000) {
        let moments = axis::moments(from, from + length, 8);
        prop_assert!(moments.len() <= 8);
        prop_assert!(moments.iter().all(|(at, _)| (from..=from + length).contains(at)));
    }
}
