// A page that is held open while its answer is made is for browsers without scripts. One that runs
// this may have come by its history: the page itself follows the answer over a socket.
location.replace("./");
