using System.Reflection;
using Hdms.Contracts;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Hdms.Kit.OpenApi;

/// <summary>
/// Shows an <see cref="Optional{T}"/> as the value that may be sent, with null where the member is declared to take it. Its own
/// converter hides that from the generator.
/// </summary>
static class OptionalSchema
{
    public static void Use(OpenApiOptions options)
    {
        var name = options.CreateSchemaReferenceId;
        options.CreateSchemaReferenceId = type => IsOptional(type.Type) ? null : name(type);
        options.AddSchemaTransformer(TransformAsync);
    }

    static async Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        if (!IsOptional(context.JsonTypeInfo.Type))
        {
            return;
        }

        var inner = context.JsonTypeInfo.Type.GetGenericArguments()[0];
        var shown = await context.GetOrCreateSchemaAsync(Nullable.GetUnderlyingType(inner) ?? inner, null, ct);
        var nullable = Nullable.GetUnderlyingType(inner) is not null || TakesNull(context.JsonPropertyInfo?.AttributeProvider as PropertyInfo);
        var type = shown.Type ?? JsonSchemaType.String;
        schema.Type = nullable ? type | JsonSchemaType.Null : type;
        schema.Format = shown.Format;
        schema.Pattern = shown.Pattern;
        schema.Enum = shown.Enum is { Count: > 0 } words ? [.. words, .. nullable ? [null!] : Array.Empty<System.Text.Json.Nodes.JsonNode>()] : null;
    }

    static bool TakesNull(PropertyInfo? member) =>
        member is not null && new NullabilityInfoContext().Create(member).GenericTypeArguments is [{ ReadState: NullabilityState.Nullable }];

    static bool IsOptional(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>);
}
