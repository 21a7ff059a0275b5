using Hdms.Kit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web;

/// <summary>The page at <c>/</c>: what this is, where its doors are, and with demo data who can come in.</summary>
static class StartPage
{
    public static void Map(IEndpointRouteBuilder app) => app.MapMethods("/", Page.Read, Handle);

    static IResult Handle(HttpContext http, DemoSignIns demo)
    {
        http.Response.Headers.CacheControl = "no-cache";
        return Page.Of(
            "HDMS help desk",
            $"""
             <header class="top">
               <img src="/favicon.svg" alt="" width="36" height="36">
               <div>
                 <h1>HDMS</h1>
                 <p>The help desk: raise a ticket, see where it stands, talk to whoever has it.</p>
               </div>
             </header>
             <main>
               <nav class="cards" aria-label="Where to go">
                 <a class="card" href="/docs"><h2>API</h2><p>Every route, its answers and its problems; try them here.</p></a>
                 <a class="card" href="/openapi/v1.json"><h2>OpenAPI</h2><p>The same as one document, for generators of clients.</p></a>
                 <a class="card" href="/readyz"><h2>Health</h2><p>Whether every service reaches its database.</p></a>
               </nav>
             {Table(demo)}
             </main>
             <footer>HDMS {Page.Text(ProgramVersion.Text)}</footer>
             """);
    }

    static string Table(DemoSignIns demo) => demo.People.Count == 0
        ? ""
        : $"""
             <section aria-labelledby="demo">
               <h2 id="demo">Demo organisation</h2>
               <p>Made-up people. They all sign in with their employee code and the password <code>{Page.Text(demo.Password)}</code>.</p>
               <div class="wide"><table>
                 <thead><tr><th scope="col">Who</th><th scope="col">Name</th><th scope="col">Employee code</th></tr></thead>
                 <tbody>
           {string.Join('\n', demo.People.Select(Row))}
                 </tbody>
               </table></div>
             </section>
           """;

    static string Row(DemoSignIn person) =>
        $"        <tr><td>{Page.Text(person.As)}</td><td>{Page.Text(person.Name)}</td><td><code>{Page.Text(person.EmployeeCode)}</code></td></tr>";
}
