"""The thread that asks the database for one request, given back before the request ends."""

from asgiref.sync import SyncToAsync, sync_to_async
from django.db import connections


async def give_back() -> None:
    """End this request's thread, and with it its connection to the database.

    Django keeps both until the response has been sent, which for a stream takes as long as the
    reply. Who asks the database afterwards has a new thread. Outside a request nothing is done:
    the thread there is everybody's.
    """
    request = SyncToAsync.thread_sensitive_context.get(None)
    if request is None or request not in SyncToAsync.context_to_thread_executor:
        return
    await sync_to_async(connections.close_all)()
    thread = SyncToAsync.context_to_thread_executor.pop(request, None)
    if thread is not None:
        thread.shutdown(wait=False)
