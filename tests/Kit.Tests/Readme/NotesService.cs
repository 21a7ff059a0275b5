using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Caching;
using Hdms.Kit.Clients;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Feeds;
using Hdms.Kit.Hosting;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Limits;
using Hdms.Kit.Problems;
using Hdms.Kit.Rebuild;
using Hdms.Kit.References;
using Hdms.Kit.Replicas;
using Hdms.Kit.Sagas;
using Hdms.Kit.Schema;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Kit.Tests.Readme;

/// <summary>The service that kit/README.md quotes: notes, which belong to authors of another service.</summary>
static class NotesService
{
    static readonly Service Notes = new("notes", 0, ["/api/v1/notes"]);
    static readonly Service Authors = new("authors", 0, ["/api/v1/authors"]);

    public static readonly ServiceDefinition Definition = new(
        Notes, SchemaScript.Of(typeof(NotesService).Assembly, Notes.Name, Notes.Role), Build)
    {
        State = [NoteTable.FromEvents],
        Reports = ReportView.Of(typeof(NotesService).Assembly),
    };

    static WebApplication Build(IConfiguration settings)
    {
        var builder = ServiceHost.CreateBuilder(Definition, settings);
        builder.Services.AddNotes(settings);
        return builder.Build().UseKit(MapNotes);
    }

    static void AddNotes(this IServiceCollection services, IConfiguration settings)
    {
        services.AddServiceClient<AuthorsClient>(Authors, settings);
        services.AddTransient<NoteReferences>();
        services.AddFeedReader("authors", Authors, on => on.Event<AuthorDeleted>(FollowAuthors.HandleAsync));
        services.AddReplica(new Replica("notes_replica_authors", ["name", "is_active"]), Authors, on => on.Of<AuthorChanged>());
        services.AddSaga<PublishNote>(PublishNote.Type);
        services.AddRowCache<NoteView>(settings);
    }

    static void MapNotes(RouteGroupBuilder api)
    {
        WriteNote.Map(api);
        ReadNote.Map(api);
        api.MapPost("/notes/sign-in", () => "").LimitedAsSignIn().WithoutIdempotency();
        api.MapGet("/notes/live", () => "").StaysOpen();
    }
}

[EventType("note.written.v1")]
sealed record NoteWritten(Guid AuthorId, [property: Personal] string? Text);

[EventType("note.detached.v1")]
sealed record NoteDetached(Guid AuthorId);

[EventType("note.imported.v1")]
sealed record NoteImported(Guid? AuthorId, [property: Personal] string Text, IReadOnlyList<NoteTagged> Tags);

[EventType("note.tagged.v1")]
sealed record NoteTagged(Guid NoteId, string Tag);

[EventType("author.changed.v1")]
sealed record AuthorChanged(string Name, bool IsActive);

[EventType("author.deleted.v1")]
sealed record AuthorDeleted;

sealed record WriteNoteRequest(Guid AuthorId, string Text);

sealed record NoteView(Guid Id, string Text, long Version);

static class WriteNote
{
    public static void Map(RouteGroupBuilder api) => api.MapPost("/notes", HandleAsync)
        .WithProblems(Codes.UnknownReference, Codes.ReferenceUnavailable);

    static async Task<Answer<NoteView>> HandleAsync(
        WriteNoteRequest request, Caller caller, ReferenceChecks references, NoteReferences to, ServiceDatabase database, CancellationToken ct)
    {
        var check = new Checks();
        check.Text("text", request.Text, max: 500);
        check.Done();
        await references.CheckAsync([("author_id", request.AuthorId, to.Author)], ct);
        return await database.AnswerAsync(caller, work => WriteAsync(work, request), ct);
    }

    static async Task<Answer<NoteView>> WriteAsync(UnitOfWork work, WriteNoteRequest request)
    {
        var id = Guid.CreateVersion7();
        await work.ExecuteAsync("INSERT INTO notes (id, author_id, text) VALUES (@id, @AuthorId, @Text)", new { id, request.AuthorId, request.Text });
        var stream = new EventStream(id, 0) { Person = request.AuthorId };
        var version = await work.AppendAsync(stream, new NoteWritten(request.AuthorId, request.Text), new Audit(After: request));
        return Answer.Created($"/api/v1/notes/{id}", new NoteView(id, request.Text, version), version);
    }
}

static class NoteTable
{
    static readonly StatePart Tags = new("note_tags", "note_id", "note_id", "tag");

    public static readonly StateTable FromEvents = new StateTable("notes", async (work, id) => await StreamAsync(work, id)) { Parts = [Tags], NotInEvents = ["locked"] }
        .Whole<NoteWritten>()
        .Whole<NoteImported>().On<NoteImported>((note, e) => note.ReplaceAll(Tags, e.Tags))
        .On<NoteDetached>((note, e) => note.Change(new { AuthorId = (Guid?)null }))
        .On<NoteTagged>((note, e) => note.Put(Tags, e));

    static async Task<EventStream> StreamAsync(UnitOfWork work, Guid id)
    {
        var (author, text, version) = await work.SingleAsync<(Guid, string, long)>("SELECT author_id, text, version FROM notes WHERE id = @id FOR UPDATE", new { id });
        var tags = await work.QueryAsync<NoteTagged>("SELECT note_id, tag FROM note_tags WHERE note_id = @id", new { id });
        return new EventStream(id, version) { Person = author, Imported = () => new NoteImported(author, text, tags) };
    }
}

static class ReadNote
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/notes/{id:guid}", HandleAsync).WithProblems(Codes.NotFound);
        api.MapGet("/notes/{id:guid}/often", OftenAsync).WithProblems(Codes.NotFound);
    }

    static async Task<NoteView> HandleAsync(Guid id, Cache cache, ServiceDatabase database, CancellationToken ct) =>
        await cache.GetAsync($"note:{id}", TimeSpan.FromSeconds(30), token => FindAsync(database, id, token), ct)
        ?? throw Refusal.NotFound("note");

    static async Task<NoteView> OftenAsync(Guid id, Caller caller, RowCache<NoteView> rows, ServiceDatabase database, CancellationToken ct) =>
        await rows.GetAsync(id, caller.After, token => FindAtHomeAsync(database, id, token), ct)
        ?? throw Refusal.NotFound("note");

    static Task<NoteView?> FindAtHomeAsync(ServiceDatabase database, Guid id, CancellationToken ct) => database.ReadAsync(
        c => c.QuerySingleOrDefaultAsync<NoteView?>(new CommandDefinition(
            "SELECT id, text, version FROM notes WHERE id = @id", new { id }, cancellationToken: ct)), ct);

    static Task<NoteView?> FindAsync(ServiceDatabase database, Guid id, CancellationToken ct) => database.ReadAsync(
        c => c.QuerySingleOrDefaultAsync<NoteView?>(new CommandDefinition(
            "SELECT id, text, version FROM notes WHERE id = @id", new { id }, cancellationToken: ct)), ct, standby: true);
}

/// <summary>In contracts, for a real service.</summary>
sealed class AuthorsClient(HttpClient http)
{
    public async Task<IReadOnlySet<Guid>> ExistAsync(IReadOnlyList<Guid> ids, CancellationToken ct) =>
        (await http.AskAsync<Guid[]>("/api/v1/authors/exists", new { ids }, ct)).ToHashSet();

    public Task<NoteView> PublishAsync(Guid note, string key, CancellationToken ct) =>
        http.ChangeAsync<NoteView>($"/api/v1/authors/published/{note}", new { }, key, ct);
}

sealed class NoteReferences(AuthorsClient authors, ServiceDatabase database)
{
    public Reference Author => new("author", new Service("authors", 0, []), authors.ExistAsync) { Replica = InReplicaAsync };

    async Task<IReadOnlyDictionary<Guid, bool>> InReplicaAsync(IReadOnlyList<Guid> ids, CancellationToken ct) =>
        (await database.ReadAsync(c => c.QueryAsync<(Guid Id, bool IsActive)>(new CommandDefinition(
            "SELECT id, is_active FROM notes_replica_authors WHERE id = ANY(@ids)", new { ids = ids.ToArray() }, cancellationToken: ct)), ct))
        .ToDictionary(r => r.Id, r => r.IsActive);
}

static class FollowAuthors
{
    static readonly ReferencePolicy Author = new("notes", "notes", "author_id", OnDelete.Detach,
        (work, row) => work.AppendAsync(row.Stream, new NoteDetached(row.Target)));

    public static async Task HandleAsync(UnitOfWork work, AuthorDeleted deleted, FeedEvent e) => await Author.ApplyAsync(work, e.Stream);
}

sealed class PublishNote(AuthorsClient authors) : Saga<PublishNote.Data>
{
    public const string Type = "publish_note";

    public sealed record Data(Guid NoteId);

    public override IReadOnlyList<SagaStep<Data>> Steps =>
    [
        Work("lock", Lock, undo: Unlock),
        Call("publish", async (saga, ct) =>
        {
            await authors.PublishAsync(saga.Data.NoteId, saga.Key, ct);
            return saga.Done();
        }),
        Work("await_print", (_, saga) => Task.FromResult(
            saga.HasSignal("printed") ? saga.Done() : saga.Wait("printed", TimeSpan.FromDays(1)))),
    ];

    static async Task<SagaResult<Data>> Lock(UnitOfWork work, SagaContext<Data> saga) =>
        await work.ExecuteAsync("UPDATE notes SET locked = true WHERE id = @NoteId AND NOT locked", saga.Data) == 1
            ? saga.Done()
            : saga.Fail("it is locked already");

    static async Task<SagaResult<Data>> Unlock(UnitOfWork work, SagaContext<Data> saga)
    {
        await work.ExecuteAsync("UPDATE notes SET locked = false WHERE id = @NoteId", saga.Data);
        return saga.Done();
    }

    public static Task<SagaStart> StartAsync(UnitOfWork work, SagaControl sagas, Guid note) =>
        sagas.StartAsync(work, PublishNote.Type, note.ToString(), new PublishNote.Data(note));

    public static Task<bool> PrintedAsync(UnitOfWork work, SagaControl sagas, Guid note) =>
        sagas.SignalAsync(work, PublishNote.Type, note.ToString(), "printed");
}
