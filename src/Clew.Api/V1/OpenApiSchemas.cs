using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Clew.Api.V1;

/// <summary>
/// JSON schemas of the types that are answered, from what the serializer knows of them. Every record becomes a component under its own name,
/// so that generated clients have the same names.
/// </summary>
internal sealed class OpenApiSchemas
{
    private readonly SortedDictionary<string, JsonObject> _components = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Type> _types = [];

    public JsonObject Components => new(_components.Select(static entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value.DeepClone())));

    public JsonObject Of(JsonTypeInfo info)
    {
        var type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Object:
                return Reference(info, type);
            case JsonTypeInfoKind.Enumerable:
                return new JsonObject { ["type"] = "array", ["items"] = Of(ElementOf(info)) };
            case JsonTypeInfoKind.Dictionary:
                return new JsonObject { ["type"] = "object", ["additionalProperties"] = Of(ElementOf(info)) };
            default:
                return Simple(type);
        }
    }

    private static JsonTypeInfo ElementOf(JsonTypeInfo info) => info.Options.GetTypeInfo(info.ElementType!);

    private static JsonObject Simple(Type type)
    {
        if (type.IsEnum)
        {
            var values = Enum.GetNames(type).Select(static name => (JsonNode)JsonNamingPolicy.CamelCase.ConvertName(name)).ToArray();
            return new JsonObject { ["type"] = "string", ["enum"] = new JsonArray(values) };
        }

        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => new JsonObject { ["type"] = "boolean" },
            TypeCode.Byte or TypeCode.Int16 or TypeCode.UInt16 or TypeCode.Int32 => new JsonObject { ["type"] = "integer", ["format"] = "int32" },
            TypeCode.UInt32 or TypeCode.Int64 or TypeCode.UInt64 => new JsonObject { ["type"] = "integer", ["format"] = "int64" },
            TypeCode.Single or TypeCode.Double or TypeCode.Decimal => new JsonObject { ["type"] = "number" },
            TypeCode.String => new JsonObject { ["type"] = "string" },
            _ when type == typeof(DateTimeOffset) => new JsonObject { ["type"] = "string", ["format"] = "date-time" },
            _ when type == typeof(JsonElement) || type == typeof(JsonNode) || type == typeof(object) => [],
            _ => throw new NotSupportedException($"{type} has no place in the OpenAPI document; answer a record, a list or a plain value"),
        };
    }

    private JsonObject Reference(JsonTypeInfo info, Type type)
    {
        var name = type.Name;
        if (!_types.TryAdd(name, type))
        {
            return _types[name] == type
                ? Reference(name)
                : throw new NotSupportedException($"{type} and {_types[name]} have one name in the OpenAPI document; rename one");
        }

        // Named before its properties are visited: a type may hold itself.
        var schema = _components[name] = new JsonObject { ["type"] = "object" };
        if (type.GetCustomAttribute<DescriptionAttribute>() is { } description)
        {
            schema["description"] = description.Description;
        }

        // Of a nullable struct the serializer shows the properties of the struct.
        var shown = info.Type == type ? info : info.Options.GetTypeInfo(type);
        var properties = new JsonObject();
        var required = new JsonArray();
        var nullsAreLeftOut = info.Options.DefaultIgnoreCondition is JsonIgnoreCondition.WhenWritingNull;
        foreach (var property in shown.Properties)
        {
            if (property.Get is null)
            {
                continue;
            }

            var isNullable = Nullable.GetUnderlyingType(property.PropertyType) is not null || IsNullableReference(property);
            var ofProperty = Of(info.Options.GetTypeInfo(property.PropertyType));
            if (property.AttributeProvider?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false) is [DescriptionAttribute text, ..])
            {
                ofProperty["description"] = text.Description;
            }

            properties[property.Name] = isNullable && !nullsAreLeftOut
                ? new JsonObject { ["anyOf"] = new JsonArray(ofProperty, new JsonObject { ["type"] = "null" }) }
                : ofProperty;
            if (!isNullable || !nullsAreLeftOut)
            {
                required.Add(property.Name);
            }
        }

        schema["properties"] = properties;
        if (required.Count > 0)
        {
            schema["required"] = required;
        }

        return Reference(name);
    }

    private static bool IsNullableReference(JsonPropertyInfo property)
    {
        if (property.PropertyType.IsValueType)
        {
            return false;
        }

        var member = property.AttributeProvider as PropertyInfo ?? property.DeclaringType.GetProperty(
            char.ToUpperInvariant(property.Name[0]) + property.Name[1..]);
        return member is not null && new NullabilityInfoContext().Create(member).ReadState == NullabilityState.Nullable;
    }

    private static JsonObject Reference(string name) => new() { ["$ref"] = "#/components/schemas/" + name };
}
