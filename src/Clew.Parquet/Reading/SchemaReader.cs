namespace Clew.Parquet;

/// <summary>The list of SchemaElement: a root, then flat columns of the subset.</summary>
internal static class SchemaReader
{
    public static ParquetSchema Read(ref ThriftReader reader, ThriftType type)
    {
        int count = reader.BeginList(type, ThriftType.Struct, ParquetLimits.MaxColumns + 1);
        if (count < 2)
        {
            reader.Fail("the schema has no columns");
        }

        var columns = new ParquetColumn[count - 1];
        HashSet<string> names = new(StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            Element element = ReadElement(ref reader);
            if (i == 0)
            {
                if (element.Children != count - 1)
                {
                    reader.Fail($"the schema is not flat: the root has {element.Children} children, there are {count - 1} elements below it");
                }

                continue;
            }

            columns[i - 1] = ToColumn(ref reader, element);
            if (!names.Add(element.Name))
            {
                reader.Fail($"column '{element.Name}' appears twice");
            }
        }

        return new ParquetSchema(columns);
    }

    private static Element ReadElement(ref ThriftReader reader)
    {
        Element element = new() { Type = -1, Repetition = -1, ConvertedType = -1, Name = "" };
        reader.BeginStruct();
        int id = 0;
        while (reader.NextField(ref id, out ThriftType type))
        {
            switch (id)
            {
                case 1:
                    element.Type = reader.I32(type);
                    break;
                case 2:
                    element.FixedLength = reader.I32(type);
                    break;
                case 3:
                    element.Repetition = reader.I32(type);
                    break;
                case 4:
                    element.Name = reader.String(type, ParquetLimits.MaxNameBytes);
                    break;
                case 5:
                    element.Children = reader.I32(type);
                    break;
                case 6:
                    element.ConvertedType = reader.I32(type);
                    break;
                default:
                    // The logical type says the same as the converted type for text, and we write both.
                    reader.Skip(type);
                    break;
            }
        }

        return element;
    }

    private static ParquetColumn ToColumn(ref ThriftReader reader, Element element)
    {
        if (element.Name.Length == 0)
        {
            reader.Fail("a column has no name");
        }

        if (element.Children != 0 || element.Repetition is not ((int)Repetition.Required or (int)Repetition.Optional))
        {
            reader.Fail($"column '{element.Name}' is nested or repeated");
        }

        bool optional = element.Repetition == (int)Repetition.Optional;
        switch ((ParquetType)element.Type)
        {
            case ParquetType.Boolean:
                return ParquetColumn.Boolean(element.Name, optional);
            case ParquetType.Int32:
                return ParquetColumn.Int32(element.Name, optional);
            case ParquetType.Int64:
                return ParquetColumn.Int64(element.Name, optional);
            case ParquetType.Double:
                return ParquetColumn.Double(element.Name, optional);
            case ParquetType.ByteArray:
                return element.ConvertedType == 0 ? ParquetColumn.String(element.Name, optional) : ParquetColumn.Bytes(element.Name, optional);
            case ParquetType.FixedLenByteArray when element.FixedLength is > 0 and <= ParquetLimits.MaxFixedLength:
                return ParquetColumn.Fixed(element.Name, element.FixedLength, optional);
            default:
                reader.Fail($"column '{element.Name}' has type {element.Type} of length {element.FixedLength}, which is not supported");
                return null;
        }
    }

    private struct Element
    {
        public int Type;
        public int FixedLength;
        public int Repetition;
        public string Name;
        public int Children;
        public int ConvertedType;
    }
}
