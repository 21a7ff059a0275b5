using System.Globalization;
using System.Reflection;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Hdms.Kit.OpenApi;

/// <summary>The service's OpenAPI document: its title, how to sign in, and the problems of each route by code.</summary>
static class KitOpenApi
{
    const string Bearer = "bearer";
    const string ProblemSchema = "Problem";

    public static IServiceCollection AddKitOpenApi(this IServiceCollection services, Service service) => services.AddOpenApi("v1", options =>
    {
        KitSchemas.Use(options);
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = $"HDMS {service.Name}", Version = "v1", Description = "Conventions: docs/api.md." };
            document.Servers = [new OpenApiServer { Url = "/" }];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT" },
            };
            document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
            document.Components.Schemas[ProblemSchema] = Problem();
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            Describe(operation, context);
            return Task.CompletedTask;
        });
    });

    static void Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var open = metadata.OfType<IAllowAnonymous>().Any();
        DescribeHeaders(operation, context);
        var codes = metadata.OfType<DocumentedProblems>().SelectMany(d => d.Codes).Append(Codes.RateLimited);
        if (!open)
        {
            codes = codes.Prepend(Codes.Unauthenticated);
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [] }];
        }

        if (operation.RequestBody is not null)
        {
            codes = codes.Concat([Codes.Malformed, Codes.UnsupportedMediaType, Codes.BodyTooLarge, Codes.ValidationFailed]);
        }
        else
        {
            // At least a query parameter that is not known can be sent to every route.
            codes = codes.Append(Codes.Malformed);
        }

        if (KeepsAnswers(metadata))
        {
            codes = codes.Concat([Codes.IdempotencyInFlight, Codes.IdempotencyMismatch]);
        }

        operation.Responses ??= [];
        foreach (var status in codes.Distinct().GroupBy(c => c.Status).OrderBy(g => g.Key))
        {
            operation.Responses[status.Key.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = string.Join(", ", status.Select(c => c.Name)),
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/problem+json"] = new() { Schema = new OpenApiSchemaReference(ProblemSchema, context.Document) },
                },
            };
        }
    }

    /// <summary>Only an answer of a unit of work is kept for its key.</summary>
    static bool KeepsAnswers(IList<object> metadata) =>
        !metadata.OfType<NotIdempotent>().Any()
        && metadata.OfType<HttpMethodMetadata>().Any(m => !m.HttpMethods.Contains(HttpMethods.Get))
        && metadata.OfType<MethodInfo>().FirstOrDefault()?.ReturnType is { IsGenericType: true } type
        && type.GetGenericArguments()[0] is { IsGenericType: true } answer
        && answer.GetGenericTypeDefinition() == typeof(Answer<>);

    /// <summary>The headers that the kit reads; the framework does not see them, since they have no parameter of their own.</summary>
    static void DescribeHeaders(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var handler = metadata.OfType<MethodInfo>().FirstOrDefault();
        var reads = HttpMethods.IsGet(context.Description.HttpMethod ?? "");
        if (handler?.GetParameters().Any(p => p.ParameterType == typeof(Preconditions)) == true)
        {
            Add(reads ? "If-None-Match" : "If-Match", reads ? "An ETag; 304 if it is the current one" : "An ETag; 412 if it is not the current one");
        }

        if (!reads && !metadata.OfType<NotIdempotent>().Any())
        {
            Add("Idempotency-Key", "A key of the caller's own, such as a UUID; the same request under it is answered again, not done again");
        }

        void Add(string name, string description) => (operation.Parameters ??= []).Add(new OpenApiParameter
        {
            Name = name,
            In = ParameterLocation.Header,
            Description = description,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = name == "If-Match" ? "^\"[1-9][0-9]{0,17}\"$" : "^[!-~]{1,255}$" },
        });
    }

    static OpenApiSchema Problem() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "RFC 9457",
        Required = new HashSet<string> { "type", "title", "status", "detail", "code", "trace_id" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = Text("Stable; urn:hdms:problem:<code>"),
            ["title"] = Text("What kind of problem it is"),
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
            ["detail"] = Text("What happened here, and what to do"),
            ["instance"] = Text("The path"),
            ["code"] = Text("Stable; one of the codes in docs/api.md"),
            ["trace_id"] = Text("By which the logs can be searched"),
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "What is wrong, by field",
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
            },
        },
    };

    static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };
}
