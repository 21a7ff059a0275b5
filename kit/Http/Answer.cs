using System.Reflection;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Idempotency;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Hdms.Kit.Http;

/// <summary>What of an answer the unit of work needs, to keep it for an idempotency key.</summary>
interface IAnswer
{
    bool IsKept { get; }

    StoredAnswer Store(byte[] requestHash);
}

/// <summary>Makes the answers of handlers that write.</summary>
public static class Answer
{
    /// <param name="version">The thing's version, sent as its ETag.</param>
    public static Answer<T> Ok<T>(T body, long? version = null) => new(StatusCodes.Status200OK, body, null, version);

    public static Answer<T> Created<T>(string location, T body, long version) => new(StatusCodes.Status201Created, body, location, version);

    /// <summary>For what goes on in the background; <paramref name="location"/> tells how far it is.</summary>
    public static Answer<T> Accepted<T>(string location, T body) => new(StatusCodes.Status202Accepted, body, location, null);

    /// <summary>As the other one, where there is nothing to tell yet.</summary>
    public static Answer<NoBody> Accepted(string location) => new(StatusCodes.Status202Accepted, null, location, null);

    /// <summary>For reading one thing: 304 without a body when the caller has this version already.</summary>
    public static Answer<T> Read<T>(T body, long version, Preconditions preconditions)
    {
        ArgumentNullException.ThrowIfNull(preconditions);
        return preconditions.Has(version)
            ? new(StatusCodes.Status304NotModified, default, null, version)
            : Ok(body, version);
    }

    public static Answer<NoBody> NoContent() => new(StatusCodes.Status204NoContent, null, null, null);
}

/// <summary>Stands for an answer without a body.</summary>
public sealed record NoBody;

/// <summary>An answer with a body of <typeparamref name="T"/>, its status, Location, ETag and the log position of its effect.</summary>
public sealed class Answer<T> : IResult, IAnswer, IEndpointMetadataProvider
{
    readonly byte[]? _bytes;
    readonly string? _etag;
    readonly string? _location;
    readonly bool _replayed;

    internal Answer(int status, T? body, string? location, long? version)
    {
        Status = status;
        Body = body;
        _location = location;
        _etag = version is { } v ? Preconditions.ETag(v) : null;
        _bytes = body is null ? null : JsonSerializer.SerializeToUtf8Bytes(body, Json.Tolerant);
    }

    Answer(StoredAnswer stored)
    {
        Status = stored.Status;
        _location = stored.Location;
        _etag = stored.ETag;
        _bytes = stored.Body;
        _replayed = true;
    }

    public int Status { get; }

    /// <summary>Absent in a replayed answer, of which only the bytes were kept.</summary>
    public T? Body { get; }

    /// <summary><c>users=1.57</c>; sent as <c>X-HDMS-Position</c>, by which a read can ask to see this write.</summary>
    internal string? Position { get; set; }

    bool IAnswer.IsKept => !_replayed;

    StoredAnswer IAnswer.Store(byte[] requestHash) => new(requestHash, Status, _location, _etag, _bytes);

    internal static Answer<T> Replay(StoredAnswer stored) => new(stored);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var response = httpContext.Response;
        response.StatusCode = Status;
        Set("Location", _location);
        Set("ETag", _etag);
        Set("X-HDMS-Position", Position);
        Set("Idempotency-Replayed", _replayed ? "true" : null);
        if (_bytes is not null)
        {
            response.ContentType = "application/json; charset=utf-8";
            response.ContentLength = _bytes.Length;
            await response.Body.WriteAsync(_bytes, httpContext.RequestAborted);
        }

        void Set(string name, string? value)
        {
            if (value is not null)
            {
                response.Headers[name] = value;
            }
        }
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.Add(typeof(T) == typeof(NoBody)
            ? new ProducesResponseTypeMetadata(StatusCodes.Status204NoContent, typeof(void))
            : new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(T), ["application/json"]));
    }
}

/// <summary>Route conventions of answers: what OpenAPI says of a status that is not 200.</summary>
public static class AnswerConventions
{
    /// <summary>The route answers 201 with Location and ETag.</summary>
    public static RouteHandlerBuilder Creates(this RouteHandlerBuilder route) => route.AnswersWith(StatusCodes.Status201Created);

    /// <summary>The route answers 202: the work goes on after the answer.</summary>
    public static RouteHandlerBuilder AnswersEarly(this RouteHandlerBuilder route) => route.AnswersWith(StatusCodes.Status202Accepted);

    /// <summary>The route answers 304 to a caller that has the version already.</summary>
    public static RouteHandlerBuilder KnowsVersions(this RouteHandlerBuilder route) => route.Produces(StatusCodes.Status304NotModified);

    /// <summary>No cache on the way may keep the answer: it has a secret in it (RFC 6749 section 5.1).</summary>
    public static RouteHandlerBuilder WithoutStoring(this RouteHandlerBuilder route) => route.AddEndpointFilter((context, next) =>
    {
        context.HttpContext.Response.Headers.CacheControl = "no-store";
        return next(context);
    });

    static RouteHandlerBuilder AnswersWith(this RouteHandlerBuilder route, int status)
    {
        route.Finally(endpoint =>
        {
            var index = endpoint.Metadata.ToList().FindIndex(m => m is ProducesResponseTypeMetadata { StatusCode: StatusCodes.Status200OK });
            var documented = (ProducesResponseTypeMetadata)endpoint.Metadata[index];
            endpoint.Metadata[index] = new ProducesResponseTypeMetadata(status, documented.Type, [.. documented.ContentTypes]);
        });
        return route;
    }
}

static class StoredAnswers
{
    /// <summary>Writes a kept answer as it was.</summary>
    public static Task WriteAsync(HttpContext http, StoredAnswer stored) => Answer<NoBody>.Replay(stored).ExecuteAsync(http);
}
