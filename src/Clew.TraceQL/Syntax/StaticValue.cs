namespace Clew.TraceQL.Syntax;

/// <summary>The types of the language. Attributes are <see cref="Dynamic"/>: their type is the value's, span by span.</summary>
public enum StaticType : byte
{
    Nil,
    Int,
    Float,

    /// <summary>Nanoseconds; mixes freely with numbers.</summary>
    Duration,
    String,
    Bool,
    Status,
    Kind,

    /// <summary>Not known before the value is seen.</summary>
    Dynamic,
}

/// <summary>The status words, with OTLP's numbers.</summary>
public enum StatusKeyword : byte
{
    Unset = 0,
    Ok = 1,
    Error = 2,
}

/// <summary>The kind words, with OTLP's numbers.</summary>
public enum KindKeyword : byte
{
    Unspecified = 0,
    Internal = 1,
    Server = 2,
    Client = 3,
    Producer = 4,
    Consumer = 5,
}

/// <summary>A literal's value. Never <see cref="StaticType.Dynamic"/>; floats are finite.</summary>
public readonly record struct StaticValue
{
    private readonly long _bits;
    private readonly string? _text;

    private StaticValue(StaticType type, long bits, string? text = null)
    {
        Type = type;
        _bits = bits;
        _text = text;
    }

    public StaticType Type { get; }

    public static StaticValue Nil => default;

    public static StaticValue True => FromBool(true);

    public bool IsNil => Type == StaticType.Nil;

    /// <summary>Int, float or duration: the three that mix in arithmetic and comparisons.</summary>
    public bool IsNumeric => Type is StaticType.Int or StaticType.Float or StaticType.Duration;

    /// <summary>The value of an int, or the nanoseconds of a duration.</summary>
    public long AsInt => Type is StaticType.Int or StaticType.Duration ? _bits : throw WrongType(StaticType.Int);

    /// <summary>The value of a float.</summary>
    public double AsFloat => Type == StaticType.Float ? BitConverter.Int64BitsToDouble(_bits) : throw WrongType(StaticType.Float);

    /// <summary>Nanoseconds.</summary>
    public long AsDurationNanos => Type == StaticType.Duration ? _bits : throw WrongType(StaticType.Duration);

    public bool AsBool => Type == StaticType.Bool ? _bits != 0 : throw WrongType(StaticType.Bool);

    public string AsString => Type == StaticType.String ? _text! : throw WrongType(StaticType.String);

    public StatusKeyword AsStatus => Type == StaticType.Status ? (StatusKeyword)_bits : throw WrongType(StaticType.Status);

    public KindKeyword AsKind => Type == StaticType.Kind ? (KindKeyword)_bits : throw WrongType(StaticType.Kind);

    /// <summary>Any numeric value as a double: ints and nanoseconds are converted.</summary>
    public double AsNumber => Type == StaticType.Float ? AsFloat : AsInt;

    public static StaticValue FromInt(long value) => new(StaticType.Int, value);

    public static StaticValue FromFloat(double value)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "the language has no infinity and no NaN");
        }

        // Minus zero prints and compares as zero.
        return new(StaticType.Float, BitConverter.DoubleToInt64Bits(value == 0 ? 0 : value));
    }

    /// <summary>The range is symmetric, so that every duration can be written: the least 64-bit number counts as one more.</summary>
    public static StaticValue FromDurationNanos(long nanos) => new(StaticType.Duration, Math.Max(nanos, -long.MaxValue));

    public static StaticValue FromString(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new(StaticType.String, 0, value);
    }

    public static StaticValue FromBool(bool value) => new(StaticType.Bool, value ? 1 : 0);

    public static StaticValue FromStatus(StatusKeyword value) => new(StaticType.Status, (long)value);

    public static StaticValue FromKind(KindKeyword value) => new(StaticType.Kind, (long)value);

    /// <summary>As the language writes it.</summary>
    public override string ToString() => Printer.Print(this);

    private InvalidOperationException WrongType(StaticType asked) => new($"the literal {this} is of type {Type}, not {asked}");
}
